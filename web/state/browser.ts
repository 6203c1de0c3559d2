/** The browser's own address bar and attention, as the state's ports. */

import type { Address, Attention, Keeping } from "./ports.ts";

/** Attentive means: the page is visible and has the focus, so that what it shows has been seen. */
export function createBrowserAttention(window: Window): Attention {
  const { document } = window;
  return {
    isVisible: () => document.visibilityState === "visible",
    subscribeToUse(listener) {
      const use = (event: Event) => listener(event.timeStamp);
      const kinds = ["keydown", "pointerdown", "wheel"];
      for (const kind of kinds) window.addEventListener(kind, use, { passive: true });
      return () => {
        for (const kind of kinds) window.removeEventListener(kind, use);
      };
    },
    isAttentive: () => document.visibilityState === "visible" && document.hasFocus(),
    subscribe(listener) {
      window.addEventListener("focus", listener);
      window.addEventListener("blur", listener);
      document.addEventListener("visibilitychange", listener);
      return () => {
        window.removeEventListener("focus", listener);
        window.removeEventListener("blur", listener);
        document.removeEventListener("visibilitychange", listener);
      };
    },
  };
}

export function createBrowserAddress(window: Window): Address {
  const { history, location } = window;
  return {
    origin: location.origin,
    read: () => ({
      pathname: location.pathname,
      search: location.search,
      hash: location.hash,
      state: history.state,
    }),
    push: (path, state) => history.pushState(state, "", path),
    replace: (path, state) => history.replaceState(state, "", path),
    back: () => history.back(),
    reload: () => location.reload(),
    subscribe(listener) {
      window.addEventListener("popstate", listener);
      return () => window.removeEventListener("popstate", listener);
    },
  };
}

/** Notes lie in localStorage, which browsers clear at other times than the accounts' databases; there may be none. */
export function createBrowserKeeping({ navigator, localStorage }: KeepingParts): Keeping {
  const key = (username: string) => `sotto/was-here/${username}`;
  return {
    isPersistent: async () => (await navigator.storage?.persisted?.()) ?? null,
    askToPersist: async () => (await navigator.storage?.persist?.()) ?? false,
    wasHere: (username) => localStorage()?.getItem(key(username)) === "1",
    note(username, here) {
      try {
        if (here) localStorage()?.setItem(key(username), "1");
        else localStorage()?.removeItem(key(username));
      } catch {
        // It is full; the note is a help, no more.
      }
    },
  };
}

interface KeepingParts {
  readonly navigator: { readonly storage?: Partial<StorageManager> };
  /** null where the browser refuses. */
  readonly localStorage: () => Storage | null;
}

/** The page's own; some browsers throw where a person has switched storage off. */
export function localStorageOf(window: Window): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
