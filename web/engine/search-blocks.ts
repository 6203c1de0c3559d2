/**
 * The texts of a conversation in blocks of BLOCK_SEQUENCES sequences, each one record: searching 100,000 messages reads
 * 500 records instead of all of them. A block is made of messages that are all there already, at any time; whoever changes or
 * deletes one of them changes its block with it (message-changes.ts). What is in no block yet is read message by message.
 */
import type { AccountState } from "./account-state.ts";
import type { Direction } from "./api.ts";
import type { ListedRecord } from "./ports.ts";

/** How many sequences of a conversation a block covers. */
export const BLOCK_SEQUENCES = 200;

/** A text that can be found. */
export interface SearchedText {
  readonly sequence: number;
  readonly at: number;
  readonly direction: Direction;
  readonly text: string;
}

/** How many blocks of a conversation are full: only those are kept. */
export function fullBlocks(nextSequence: number): number {
  return Math.floor(nextSequence / BLOCK_SEQUENCES);
}

/** The texts of one block, kept or not. */
export async function readBlock(state: AccountState, peer: string, block: number): Promise<readonly SearchedText[]> {
  const kept = await state.store.read("searchBlocks", [peer, block]);
  return kept?.texts ?? (await readTexts(state, peer, block));
}

/** Makes the blocks that are full and not there, in their order, until that is stopped. */
export async function makeSearchBlocks(state: AccountState, isStopped: () => boolean): Promise<void> {
  for (const { peer, nextSequence } of [...state.conversations.values()]) {
    const full = fullBlocks(nextSequence);
    for (let block = await firstMissing(state, peer, full); block < full; block += 1) {
      if (isStopped()) return;
      await state.exclusive(() => makeBlock(state, peer, block));
    }
  }
}

/** Read and stored in one task: what is edited or deleted meanwhile would else come back with it. */
async function makeBlock(state: AccountState, peer: string, block: number): Promise<void> {
  if (block >= fullBlocks(state.conversations.get(peer)?.nextSequence ?? 0)) return;
  const value = { texts: await readTexts(state, peer, block) };
  await state.commit([{ store: "searchBlocks", id: [peer, block], value }]);
}

/** The first of the full blocks that is not there; they are made in order, so that those before it are. */
async function firstMissing(state: AccountState, peer: string, full: number): Promise<number> {
  let low = 0;
  let high = full;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await state.store.read("searchBlocks", [peer, middle])) === null) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function readTexts(state: AccountState, peer: string, block: number): Promise<readonly SearchedText[]> {
  const from = block * BLOCK_SEQUENCES;
  return textsOf(await state.store.list("messages", { prefix: [peer], from, below: from + BLOCK_SEQUENCES }));
}

function textsOf(records: readonly ListedRecord<"messages">[]): readonly SearchedText[] {
  return records.flatMap(({ value, number }) => {
    if (value.kind !== "text" || number === null) return [];
    const { at, direction, text } = value;
    return [{ sequence: number, at, direction, text }];
  });
}
