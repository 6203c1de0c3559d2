/** Runs on a page of the app's origin: puts a long history into an account, as if it had been received. */
import { appendMessage, NEW_MESSAGE, newConversation } from "../../web/engine/messages.ts";
import type { Change } from "../../web/engine/ports.ts";
import { accountDatabaseName, openIndexedDbStore } from "../../web/storage/indexeddb.ts";
import { openSealedStore } from "../../web/storage/sealed-store.ts";

const MESSAGES_AT_ONCE = 1_000;
const MINUTE_MS = 60_000;
const WORDS = "heron ledger umbrella bridge blue seventh window candle harbour letter morning river stone".split(" ");

export interface Filling {
  readonly username: string;
  /** With whom, and how many messages; somebody who has none yet. */
  readonly conversations: readonly { readonly peer: string; readonly count: number }[];
}

/** No engine of the account may be running: opening the store fences it out. */
export async function fillAccount({ username, conversations }: Filling): Promise<void> {
  const store = await openSealedStore({
    account: username,
    records: openIndexedDbStore(accountDatabaseName(username)),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    now: Date.now,
  });
  for (const { peer, count } of conversations) {
    const begin = Date.now() - count * MINUTE_MS;
    let conversation = newConversation(peer, begin);
    for (let first = 0; first < count; first += MESSAGES_AT_ONCE) {
      const changes: Change[] = [];
      for (let number = first; number < Math.min(count, first + MESSAGES_AT_ONCE); number += 1) {
        const isOutgoing = number % 3 === 0;
        const appended = appendMessage(conversation, {
          ...NEW_MESSAGE,
          kind: "text",
          contentId: `${peer}-${number}`,
          direction: isOutgoing ? "outgoing" : "incoming",
          text: textOf(number),
          at: begin + number * MINUTE_MS,
          writtenAt: begin + number * MINUTE_MS,
          status: isOutgoing ? "read" : null,
          unsupported: false,
          source: null,
          identityKey: null,
        });
        ({ conversation } = appended);
        // The conversation's own record once, at the end.
        changes.push(...appended.changes.filter((change) => change.store !== "conversations"));
      }
      conversation = { ...conversation, unread: 0, firstUnseen: null, accepted: true };
      await store.commit([...changes, { store: "conversations", id: [peer], value: conversation }]);
    }
  }
  await store.close();
}

/** Some ten words, the same for a number each time. */
function textOf(number: number): string {
  const words = Array.from(
    { length: 8 },
    (_, index) => WORDS[(number * 7 + index * (1 + (number % 5))) % WORDS.length],
  );
  return `${words.join(" ")}, number ${number}.`;
}
