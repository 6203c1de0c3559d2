/** The browser's own address bar and attention, as the state's ports. */

import type { Address, Attention } from "./ports.ts";

/** Attentive means: the page is visible and has the focus, so that what it shows has been seen. */
export function createBrowserAttention(window: Window): Attention {
  const { document } = window;
  return {
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
    subscribe(listener) {
      window.addEventListener("popstate", listener);
      return () => window.removeEventListener("popstate", listener);
    },
  };
}
