/**
 * Searching everything that was written and received, on this device alone. A search reads the texts in blocks
 * (search-blocks.ts), the newest of each conversation first, shows what it has found every so often, and ends early when
 * the next one begins. The folded texts stay in memory for as long as somebody searches.
 */
import type { AccountState } from "./account-state.ts";
import type { SearchResult, SearchView, Unwatch } from "./api.ts";
import { StorageError } from "./ports.ts";
import { BLOCK_SEQUENCES, fullBlocks, readBlock, type SearchedText } from "./search-blocks.ts";
import { excerptOf, foldQuery, foldText } from "./search-text.ts";

/** At most so many messages are shown. */
export const MOST_RESULTS = 100;

/** After so many blocks what was found is shown, and other work comes between. */
const BLOCKS_AT_ONCE = 50;
/** How long after the last search the texts stay in memory, in milliseconds. */
const FORGET_AFTER_MS = 60_000;

interface Place {
  readonly peer: string;
  readonly block: number;
}

interface FoldedText extends SearchedText {
  readonly folded: string;
}

interface Match extends FoldedText {
  readonly peer: string;
}

export class Searcher {
  readonly #state: AccountState;
  readonly #folded = new Map<string, readonly FoldedText[]>();
  /** That of the blocks which are folded. */
  #revision = 0;
  #cancelForgetting: () => void = () => undefined;

  constructor(state: AccountState) {
    this.#state = state;
  }

  /** Searches for all of the words typed; calls `listener` as it goes, until it is complete or ended. */
  watch(typed: string, listener: (view: SearchView) => void, onError: (error: unknown) => void): Unwatch {
    const words = foldQuery(typed);
    if (words.length === 0) {
      listener({ results: [], found: 0, isComplete: true });
      return () => undefined;
    }
    let isEnded = false;
    this.#cancelForgetting();
    this.#search(
      words,
      (view) => !isEnded && listener(view),
      () => isEnded,
    )
      .catch(onError)
      .finally(() => this.#forgetLater());
    return () => {
      isEnded = true;
    };
  }

  async #search(words: readonly string[], show: (view: SearchView) => void, isEnded: () => boolean): Promise<void> {
    const found: Match[] = [];
    const places = this.#places();
    for (const [index, { peer, block }] of places.entries()) {
      if (isEnded()) return;
      for (const text of await this.#read(peer, block)) {
        if (words.every((word) => text.folded.includes(word))) found.push({ ...text, peer });
      }
      if (index % BLOCKS_AT_ONCE !== BLOCKS_AT_ONCE - 1) continue;
      show(viewOf(found, words, false));
      await new Promise<void>((resolve) => this.#state.ports.clock.after(0, resolve));
    }
    show(viewOf(found, words, true));
  }

  /** Every block there is, the last ones of all conversations first. */
  #places(): readonly Place[] {
    const places = [...this.#state.conversations.values()].flatMap(({ peer, nextSequence }) =>
      Array.from({ length: Math.ceil(nextSequence / BLOCK_SEQUENCES) }, (_, block) => ({ peer, block, nextSequence })),
    );
    const behind = ({ block, nextSequence }: (typeof places)[number]) => nextSequence - block * BLOCK_SEQUENCES;
    return places.sort((left, right) => behind(left) - behind(right));
  }

  async #read(peer: string, block: number): Promise<readonly FoldedText[]> {
    // What was changed or deleted since is not found as it was.
    if (this.#revision !== this.#state.searchRevision) this.#folded.clear();
    this.#revision = this.#state.searchRevision;
    const name = `${peer}/${block}`;
    const known = this.#folded.get(name);
    if (known !== undefined) return known;
    const texts = await orNone(readBlock(this.#state, peer, block));
    const folded = texts.map((text) => ({ ...text, folded: foldText(text.text) }));
    const isFull = block < fullBlocks(this.#state.conversations.get(peer)?.nextSequence ?? 0);
    if (isFull) this.#folded.set(name, folded);
    return folded;
  }

  #forgetLater(): void {
    this.#cancelForgetting();
    this.#cancelForgetting = this.#state.ports.clock.after(FORGET_AFTER_MS, () => this.#folded.clear());
  }
}

/** The newest matches, each with what surrounds it. */
function viewOf(found: Match[], words: readonly string[], isComplete: boolean): SearchView {
  found.sort((left, right) => right.at - left.at || right.sequence - left.sequence);
  const results = found.slice(0, MOST_RESULTS).map(
    ({ peer, sequence, at, direction, text }): SearchResult => ({
      peer,
      sequence,
      at,
      direction,
      excerpt: excerptOf(text, words).parts,
    }),
  );
  return { results, found: found.length, isComplete };
}

/** What is damaged cannot be found; the conversation says so when it is opened there. */
async function orNone(reading: Promise<readonly SearchedText[]>): Promise<readonly SearchedText[]> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof StorageError && error.code === "damaged") return [];
    throw error;
  }
}
