/** Searching an account's messages: what is found, in which order, and what is kept of it. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import type { AccountState } from "./account-state.ts";
import type { SearchView } from "./api.ts";
import { appendMessage, NEW_MESSAGE, newConversation } from "./messages.ts";
import type { Change } from "./ports.ts";
import { MOST_RESULTS, Searcher } from "./search.ts";
import { BLOCK_SEQUENCES, makeSearchBlocks } from "./search-blocks.ts";
import { SteppedPerson, testTime } from "./testing/stepped-person.ts";

async function alice(): Promise<AccountState> {
  const relay = await startTestRelay();
  return (await SteppedPerson.join(relay, testTime(relay), "alice")).state;
}

/** Stores texts as messages of a peer, from a time on, a second apart. */
async function fill(state: AccountState, peer: string, texts: readonly string[], from = 0): Promise<void> {
  let conversation = state.conversations.get(peer) ?? newConversation(peer, from);
  const changes: Change[] = [];
  for (const [index, text] of texts.entries()) {
    const appended = appendMessage(conversation, {
      ...NEW_MESSAGE,
      kind: "text",
      contentId: `${peer} ${conversation.nextSequence}`,
      direction: "incoming",
      text,
      at: from + index * 1000,
      writtenAt: from + index * 1000,
      status: null,
      unsupported: false,
      source: null,
      identityKey: null,
    });
    ({ conversation } = appended);
    changes.push(...appended.changes);
  }
  await state.commit(changes);
}

/** What a whole search finds: each as "peer sequence". */
async function search(searcher: Searcher, typed: string): Promise<readonly string[]> {
  const view = await new Promise<SearchView>((resolve, reject) => {
    searcher.watch(typed, (shown) => shown.isComplete && resolve(shown), reject);
  });
  return view.results.map(({ peer, sequence }) => `${peer} ${sequence}`);
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `Message number ${index}`);

describe("a search", () => {
  it("finds what has all of the words, in all conversations, the newest first", async () => {
    const state = await alice();
    await fill(state, "bob", ["The blue ledger.", "A Blúe umbrella", "The ledger is red."], 1_000);
    await fill(state, "carol", ["blue ledgers", "nothing"], 500);
    const searcher = new Searcher(state);
    expect(await search(searcher, "blue")).toEqual(["bob 1", "bob 0", "carol 0"]);
    expect(await search(searcher, "LEDGER blue")).toEqual(["bob 0", "carol 0"]);
    expect(await search(searcher, "green")).toEqual([]);
    expect(await search(searcher, "  ")).toEqual([]);
  });

  it("finds the same before blocks are made, after, and in what has come since", async () => {
    const state = await alice();
    await fill(state, "bob", numbered(2 * BLOCK_SEQUENCES + 50));
    const wanted = ["bob 399", "bob 299", "bob 199", "bob 99"];
    expect(await search(new Searcher(state), "99")).toEqual(wanted);
    await makeSearchBlocks(state, () => false);
    expect(await state.store.list("searchBlocks")).toHaveLength(2);
    const searcher = new Searcher(state);
    expect(await search(searcher, "99")).toEqual(wanted);
    await fill(state, "bob", ["99 again"], 1e9);
    expect(await search(searcher, "99")).toEqual(["bob 450", ...wanted]);
  });

  it("goes on with the blocks where it was ended, and makes none twice", async () => {
    const state = await alice();
    await fill(state, "bob", numbered(4 * BLOCK_SEQUENCES));
    let made = 0;
    await makeSearchBlocks(state, () => {
      made += 1;
      return made > 2;
    });
    expect(await state.store.list("searchBlocks")).toHaveLength(2);
    let asked = 0;
    await makeSearchBlocks(state, () => {
      asked += 1;
      return false;
    });
    expect(asked).toBe(2);
    expect(await state.store.list("searchBlocks")).toHaveLength(4);
    expect(await search(new Searcher(state), "number 777")).toEqual(["bob 777"]);
  });

  it("shows a hundred and says how many there are", async () => {
    const state = await alice();
    await fill(state, "bob", numbered(BLOCK_SEQUENCES));
    const view = await new Promise<SearchView>((resolve, reject) => {
      new Searcher(state).watch("message", (shown) => shown.isComplete && resolve(shown), reject);
    });
    expect(view.found).toBe(BLOCK_SEQUENCES);
    expect(view.results).toHaveLength(MOST_RESULTS);
    expect(view.results[0]?.excerpt).toEqual([
      { text: "Message", isMatch: true },
      { text: " number 199", isMatch: false },
    ]);
  });

  it("says nothing any more once it is ended", async () => {
    const state = await alice();
    await fill(state, "bob", numbered(10));
    const searcher = new Searcher(state);
    const heard: SearchView[] = [];
    const end = searcher.watch(
      "message",
      (view) => heard.push(view),
      () => expect.unreachable(),
    );
    end();
    expect(await search(searcher, "number 3")).toEqual(["bob 3"]);
    expect(heard).toEqual([]);
  });

  it("takes hostile texts for texts", async () => {
    const state = await alice();
    const hostile = ["\u202Eevil\u202C", "a.*b(", "<img src=x onerror=alert(1)>", "\ud800 alone", "\u0301\u0301"];
    await fill(state, "bob", hostile);
    const searcher = new Searcher(state);
    expect(await search(searcher, ".*b(")).toEqual(["bob 1"]);
    expect(await search(searcher, "<img")).toEqual(["bob 2"]);
    expect(await search(searcher, "alone")).toEqual(["bob 3"]);
  });
});
