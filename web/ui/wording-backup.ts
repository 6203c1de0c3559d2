/** The sentences about backups: making one, and restoring an account of it. */

import type { Backup } from "../state/account.ts";
import type { Restoration } from "../state/restoration.ts";
import { ENGINE_GONE, NOT_READY } from "./wording.ts";

export const backupWording = {
  title: "Back up",
  what: "One file with your identity, your contacts, what you verified, and your messages, encrypted under a passphrase. With it you can go on when this browser loses its data, or on another device.",
  limits: [
    "Whoever has the file and the passphrase can go on in your name, and reads everything in it.",
    "Nobody can open it without the passphrase.",
    "What comes after it was made is not in it: make a new one now and then.",
  ],
  passphrase: "Passphrase of the backup",
  repeat: "Repeat it",
  makeWords: "Make twelve words for me",
  words: "Your twelve words",
  wordsHint: "Write them down in this order, on paper, and keep them apart from the file. They are not shown again.",
  repeatWords: "Type them from your paper",
  unequalWords: "These are not the twelve words above. Look at your paper again.",
  hint: "Five random words are better than one clever one. At least 8 characters. Write it down and keep it apart from the file.",
  make: "Make a backup",
  making: "Making the backup…",
  cancelled: "It was given up: no file was made.",
  unequal: "The two are not the same.",
  made: (name: string) => `It is saved as ${name}.`,
} as const;

export const restoreWording = {
  title: "Restore from a backup",
  what: "The account goes on in this browser, with new keys for its device. Wherever it was in use before, it stops: an account lives in one place.",
  file: "Backup file",
  passphrase: "Its passphrase, or the twelve words",
  restore: "Restore",
  restoring: "Restoring…",
  mistyped: (unknown: readonly string[]) =>
    unknown.length === 0
      ? "These twelve words do not belong together: one of them is another, or they are in another order. Compare them with your paper."
      : `Not a word of the list: ${unknown.join(", ")}. Compare it with your paper.`,
} as const;

/** What to say when a backup was to be made; "" when it was. */
export function backupSentence(backup: Backup): string {
  switch (backup.kind) {
    case "made":
      return "";
    case "too-short":
      return "Take a longer one: at least 8 characters.";
    case "cancelled":
      return backupWording.cancelled;
    case "not-ready":
      return NOT_READY;
    case "engine-gone":
      return ENGINE_GONE;
  }
}

/** What to say when an account was to be restored; "" when it was. */
export function restorationSentence(restoration: Restoration): string {
  switch (restoration.kind) {
    case "restored":
    case "unpublished":
      return "";
    case "refused-file":
      return REFUSED_FILES[restoration.code];
    case "cancelled":
      return "It was given up. Nothing was changed.";
    case "already-here":
      return "This account is in this browser already. Remove it here first if you want what the backup holds instead.";
    case "offline":
      return "A part of Sotto could not be loaded. Try again when you are online; nothing was changed.";
    case "storage-unavailable":
      return "It could not be stored in this browser. Nothing was changed: make room, or allow this site to keep data, and try again.";
    case "engine-gone":
      return ENGINE_GONE;
  }
}

const REFUSED_FILES: Readonly<Record<Extract<Restoration, { readonly kind: "refused-file" }>["code"], string>> = {
  "not-a-backup": "This file is no backup of Sotto. Choose the one that ends in .sotto.",
  "newer-version": "A later version of Sotto made this backup. Reload this page to get that version, then try again.",
  "wrong-passphrase":
    "It does not open with this passphrase. If you are sure of it, the file was altered: try another copy of it.",
  damaged: "The file is damaged: a part of it is missing or was altered. Nothing was changed; try another copy of it.",
};
