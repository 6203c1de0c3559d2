/** What is said about keys, and about going to a conversation by them. */

export const keysWording = {
  title: "Keys",
  goTitle: "Go to…",
  goPlaceholder: "A name",
  goNothing: "Nothing of that name.",
} as const;

export const KEYS = [
  { keys: ["Ctrl", "K"], does: "Go to a conversation" },
  { keys: ["?"], does: "Show these keys" },
  { keys: ["Enter"], does: "Send" },
  { keys: ["Shift", "Enter"], does: "Break the line" },
  { keys: ["Shift", "Tab"], does: "From the message box to the newest message" },
  { keys: ["↑", "↓"], does: "From message to message, or in a menu" },
  { keys: ["Esc"], does: "Close, or stop answering and editing" },
] as const;
