/** The sentences about the lock: of its dialog, and of the page that stands before a locked account. */

import type { LockChangeResult, Unlocking } from "../state/account.ts";
import { ENGINE_GONE, NOT_READY } from "./wording.ts";

export const lockWording = {
  title: "App lock",
  what: "While it is locked, this browser keeps your messages, names and keys encrypted under your passphrase, and new mail waits on the relay.",
  limits: [
    "Unlocked, it protects nothing: whoever is at this screen reads along.",
    "It is of no help against somebody who controls this device or this page.",
    "What was stored before you set it may stay readable on the disk.",
    "Nobody can reset a forgotten passphrase.",
  ],
  choose: "New passphrase",
  repeat: "Repeat it",
  hint: "Five random words are better than one clever one. At least 8 characters.",
  set: "Set lock",
  present: "Present passphrase",
  change: "Change passphrase",
  remove: "Remove lock",
  working: "Working…",
  times: "Lock by itself",
  never: "Never",
  after: (minutes: number) =>
    minutes === 60 ? "After an hour without use" : `After ${minutes} minute${minutes === 1 ? "" : "s"} without use`,
  onHiding: "Lock when Sotto is no longer on the screen",
  passkeyIsSet: "A passkey opens the lock as well.",
  noPasskey: "Your device can open the lock as well, by its fingerprint, face or code.",
  noPasskeysHere: "This browser has no passkeys.",
  addPasskey: "Add a passkey",
  removePasskey: "Remove passkey",
  unequal: "The two are not the same.",
  passkeyFailed: "No passkey was made, or it cannot open a lock. The passphrase still does.",
} as const;

export const lockedWording = {
  passphrase: "Passphrase",
  unlock: "Unlock",
  unlocking: "Unlocking…",
  withPasskey: "Unlock with a passkey",
  passkeyFailed: "The passkey gave no answer. Try again, or use the passphrase.",
  forgotten: "Forgot the passphrase?",
  noWay:
    "Nobody can reset it. Without it, what is kept here cannot be read any more. You can remove the account from this device, and restore a backup if you have one.",
} as const;

/** What to say when an attempt to unlock failed; "" when it did not. */
export function unlockSentence(unlocking: Unlocking, now: number): string {
  switch (unlocking.kind) {
    case "unlocked":
      return "";
    case "wrong-secret":
      return unlocking.retryAt > now
        ? `That is not it. Try again in ${seconds(unlocking.retryAt, now)}.`
        : "That is not it. Try again.";
    case "too-soon":
      return `Too many attempts. Try again in ${seconds(unlocking.retryAt, now)}.`;
    case "storage-unavailable":
      return "What is kept here could not be read. Reload the page and try again.";
    case "engine-gone":
      return ENGINE_GONE;
  }
}

/** What to say when the lock was to be changed. */
export function lockChangeSentence(result: LockChangeResult, now: number): string {
  switch (result.kind) {
    case "done":
      return "Done.";
    case "too-short":
      return "Take a longer one: at least 8 characters.";
    case "wrong-secret":
      return "That is not the present passphrase.";
    case "too-soon":
      return `Too many attempts. Try again in ${seconds(result.retryAt, now)}.`;
    case "not-ready":
      return NOT_READY;
    case "engine-gone":
      return ENGINE_GONE;
  }
}

function seconds(until: number, now: number): string {
  const left = Math.max(1, Math.ceil((until - now) / 1000));
  if (left >= 120) return `${Math.ceil(left / 60)} minutes`;
  return left === 1 ? "a second" : `${left} seconds`;
}
