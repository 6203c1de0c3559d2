/**
 * Which message's actions the Tab key leads to: the newest, until the arrow keys lead to another (a roving tab stop, WAI-ARIA
 * Authoring Practices). So a long conversation is one stop on the way through the page.
 */

import { type KeyboardEvent, useState } from "react";

interface ReachedMessage {
  readonly reached: number | null;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

/** `sequences` are those that are shown, in order. */
export function useReachedMessage(sequences: readonly number[]): ReachedMessage {
  const [chosen, setChosen] = useState<number | null>(null);
  const reached = chosen !== null && sequences.includes(chosen) ? chosen : (sequences.at(-1) ?? null);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const { target, currentTarget } = event;
    if (!(target instanceof HTMLElement) || target.dataset["messageMenu"] === undefined || reached === null) return;
    const at = sequences.indexOf(reached);
    const steps: Readonly<Record<string, number>> = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      Home: 0,
      End: sequences.length - 1,
    };
    const next = sequences[steps[event.key] ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    setChosen(next);
    currentTarget.querySelector<HTMLElement>(`[data-sequence="${next}"] [data-message-menu]`)?.focus();
  };
  return { reached, onKeyDown };
}
