/** The sentences of the search. */

import type { SearchView } from "../state/views.ts";

export const searchWording = {
  title: "Search messages",
  placeholder: "Words of a message",
  hint: "All messages on this device. Nothing you type here leaves it.",
  found(view: SearchView | null): string {
    if (view === null) return "Searching…";
    const { found, results, isComplete } = view;
    if (found === 0) return isComplete ? "No messages found." : "Searching…";
    const count = found === 1 ? "One message found" : `${found} messages found`;
    const shown = results.length < found ? `, the newest ${results.length} shown` : "";
    return `${count}${shown}${isComplete ? "." : " so far…"}`;
  },
} as const;
