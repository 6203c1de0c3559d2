/** Keeps what is being written in the engine, so that it outlives the page, and brings it back. */
import type { EngineApi } from "../engine/api.ts";
import { ask } from "./account.ts";

/** A draft is kept once the writing rests for so long, in milliseconds. */
const REST_MS = 400;

export interface DraftKeeper {
  /** Keeps the text soon, in place of whatever was to be kept. */
  readonly keep: (peer: string, text: string) => void;
  /** The text was sent, and what is kept goes with it. */
  readonly sent: (peer: string) => void;
  /** Keeps at once whatever is still to be kept. */
  readonly flush: () => void;
  /** Keeps nothing more. */
  readonly end: () => void;
  /** What was kept before; asked once for each conversation, and null ever after. */
  readonly bring: (peer: string) => Promise<string | null>;
}

export function createDraftKeeper(engine: Promise<EngineApi | null>): DraftKeeper {
  const waiting = new Map<string, { readonly text: string; readonly timer: ReturnType<typeof setTimeout> }>();
  const brought = new Set<string>();

  function take(peer: string): string | null {
    const kept = waiting.get(peer);
    if (kept === undefined) return null;
    clearTimeout(kept.timer);
    waiting.delete(peer);
    return kept.text;
  }
  function store(peer: string): void {
    const text = take(peer);
    if (text !== null) void ask(engine, (api) => api.keepDraft(peer, text));
  }
  return {
    keep(peer, text) {
      take(peer);
      waiting.set(peer, { text, timer: setTimeout(() => store(peer), REST_MS) });
    },
    sent: (peer) => void take(peer),
    flush() {
      for (const peer of [...waiting.keys()]) store(peer);
    },
    end() {
      for (const peer of [...waiting.keys()]) take(peer);
    },
    async bring(peer) {
      if (brought.has(peer)) return null;
      brought.add(peer);
      const text = await ask(engine, (api) => api.readDraft(peer));
      if (text === null) brought.delete(peer);
      return text === "" ? null : text;
    },
  };
}
