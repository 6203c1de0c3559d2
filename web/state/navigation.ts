/**
 * Where the person is: the route, and the conversation that is open. The latter lives in the history entry's state and
 * not in the address, so that "back" closes it and a reload keeps it.
 */

import { createStore, type StoreApi } from "zustand/vanilla";
import { isUsername } from "../engine/api.ts";
import type { Address } from "./ports.ts";
import { parseRoute, type Route } from "./route.ts";

export interface Navigation {
  readonly route: Route;
  /** Whose conversation is open; null for none. */
  readonly openPeer: string | null;
  /** Grows each time a conversation is chosen, the open one too: the box to write in then takes the focus. */
  readonly choices: number;
  readonly go: (path: string) => void;
  readonly openConversation: (peer: string) => void;
  readonly closeConversation: () => void;
  /** Takes the invitation out of the address, once it was followed. */
  readonly dismissInvite: () => void;
}

/** Follows `address` for as long as the page lives. */
export function createNavigation(address: Address): StoreApi<Navigation> {
  const store = createStore<Navigation>()((set, get) => {
    const follow = () => set(readPlace(address));
    const pathNow = () => address.read().pathname + address.read().hash;
    return {
      ...readPlace(address),
      choices: 0,
      go(path) {
        address.push(path, null);
        follow();
      },
      openConversation(peer) {
        const { openPeer, choices } = get();
        set({ choices: choices + 1 });
        if (openPeer === peer) return;
        // Changing from one conversation to another leaves one entry, so that "back" leads to the list.
        const write = openPeer === null ? address.push : address.replace;
        write(pathNow(), { conversation: peer });
        follow();
      },
      closeConversation() {
        if (get().openPeer !== null) address.back();
      },
      dismissInvite() {
        const { pathname, hash, state } = address.read();
        if (hash === "") return;
        address.replace(pathname, state);
        follow();
      },
    };
  });
  address.subscribe(() => store.setState(readPlace(address)));
  return store;
}

function readPlace(address: Address): Pick<Navigation, "route" | "openPeer"> {
  const { pathname, hash, state } = address.read();
  const route = parseRoute(pathname, hash);
  return { route, openPeer: route.kind === "account" ? readOpenPeer(state) : null };
}

function readOpenPeer(state: unknown): string | null {
  if (typeof state !== "object" || state === null || !("conversation" in state)) return null;
  const { conversation } = state;
  return typeof conversation === "string" && isUsername(conversation) ? conversation : null;
}
