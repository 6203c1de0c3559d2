/** An address bar with a history, in memory. */

import type { Address } from "../ports.ts";

interface Entry {
  readonly url: URL;
  readonly state: unknown;
}

export interface FakeAddress extends Address {
  /** The paths (with query and fragment) of the history's entries, oldest first. */
  readonly paths: () => readonly string[];
  /** How often the page was loaded anew. */
  readonly reloads: () => number;
  /** What typing another fragment does. */
  readonly editHash: (hash: string) => void;
}

export function createFakeAddress(path: string, state: unknown = null): FakeAddress {
  const origin = "https://chat.example";
  const entries: Entry[] = [{ url: new URL(path, origin), state }];
  let reloads = 0;
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of listeners) listener();
  };
  return {
    origin,
    read() {
      const { url, state: current = null } = entries.at(-1) ?? { url: new URL(origin) };
      return { pathname: url.pathname, search: url.search, hash: url.hash, state: current };
    },
    push: (next, nextState) => void entries.push({ url: new URL(next, origin), state: nextState }),
    replace: (next, nextState) => void entries.splice(-1, 1, { url: new URL(next, origin), state: nextState }),
    back() {
      if (entries.length > 1) entries.pop();
      notify();
    },
    reload() {
      reloads += 1;
    },
    reloads: () => reloads,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    paths: () => entries.map(({ url }) => url.pathname + url.search + url.hash),
    editHash(hash) {
      const { url } = entries.at(-1) ?? { url: new URL(origin) };
      entries.push({ url: new URL(`${url.pathname}${hash}`, origin), state: null });
      notify();
    },
  };
}
