/** What is being written and was not sent yet, kept so that it outlives the page. Sending clears it (conversations.ts). */
import { isUsername } from "../../relay/wire/username.ts";
import type { AccountState } from "./account-state.ts";
import { excerptOf } from "./messages.ts";
import type { Change } from "./ports.ts";

/** So much of it is kept, in characters: more than can be sent, since it can still be shortened. */
const LONGEST_DRAFT = 100_000;

/** The text kept for a conversation; empty when there is none. */
export async function readDraft(state: AccountState, peer: string): Promise<string> {
  return (await state.store.read("drafts", [peer]))?.text ?? "";
}

/** Keeps a text in place of the one before; an empty one is none. */
export async function keepDraft(state: AccountState, peer: string, text: string): Promise<void> {
  if (!isUsername(peer) || text.length > LONGEST_DRAFT) return;
  await state.exclusive(async () => {
    if ((await readDraft(state, peer)) === text) return;
    const conversation = state.conversations.get(peer);
    const shown: readonly Change[] =
      conversation === undefined
        ? []
        : [{ store: "conversations", id: [peer], value: { ...conversation, draft: excerptOf(text) } }];
    await state.commit([{ store: "drafts", id: [peer], value: text === "" ? null : { text } }, ...shown]);
  });
}

/** The change by which what was kept goes with the message that it became; its conversation forgets it, too. */
export async function clearedDraft(state: AccountState, peer: string): Promise<readonly Change[]> {
  return (await readDraft(state, peer)) === "" ? [] : [{ store: "drafts", id: [peer], value: null }];
}
