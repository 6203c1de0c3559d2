/** What was last noticed of somebody, and is stored nowhere: that they are there, and that they are writing. */
import type { AccountState } from "./account-state.ts";

/** For so long at most somebody is taken to be writing after they said so, in milliseconds. */
export const LONGEST_TYPING_MS = 6_000;

/** Something came from them: if it does not say that they are writing, they are not, or have written. */
export function noteSign(state: AccountState, peer: string, typing: number | null): void {
  const now = state.ports.clock.now();
  // By the relay's clock on both devices; what waited there for long says nothing any more.
  const left = typing === null ? 0 : Math.min(typing - state.relay.now(), LONGEST_TYPING_MS);
  state.signs.set(peer, { heardAt: now, typingUntil: left > 0 ? now + left : 0 });
}
