/** The keys that work wherever one is in an account: Ctrl+K (or the command key's) goes to a conversation, ? shows what keys there are. */

import { useEffect } from "react";

export type Shortcut = "go" | "keys";

export function useShortcuts(onShortcut: (shortcut: Shortcut) => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, target } = event;
      const isWriting = target instanceof HTMLElement && target.matches("input, textarea, select");
      // An open dialog has keys of its own.
      if (altKey || document.querySelector("dialog[open]") !== null) return;
      const isGo = (ctrlKey || metaKey) && key.toLowerCase() === "k";
      if (!isGo && (key !== "?" || isWriting || ctrlKey || metaKey)) return;
      event.preventDefault();
      onShortcut(isGo ? "go" : "keys");
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [onShortcut]);
}
