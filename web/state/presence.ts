/** Tells the engine of an account with a lock that its page is on the screen, and in use. Loaded where a lock is set. */

import type { Attention } from "./ports.ts";

/** Use is told no more often than this, in milliseconds: the shortest time without it is a minute. */
const TELL_AGAIN_MS = 5_000;

interface PresenceOptions {
  readonly attention: Attention;
  /** Resolves to what ends the attending; null when there is no engine. */
  readonly attend: () => Promise<(() => void) | null>;
  readonly noteUse: () => void;
}

/** Begins to tell; returns what ends it. */
export function beginPresence({ attention, attend, noteUse }: PresenceOptions): () => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  let attending: Promise<(() => void) | null> | null = null;
  function leave() {
    void attending?.then((end) => end?.());
    attending = null;
  }
  function follow() {
    if (attention.isVisible()) attending ??= attend();
    else leave();
  }
  function tell(at: number) {
    if (at - toldAt < TELL_AGAIN_MS) return;
    toldAt = at;
    noteUse();
  }
  follow();
  const endings = [attention.subscribe(follow), attention.subscribeToUse(tell), leave];
  return () => {
    for (const end of endings) end();
  };
}
