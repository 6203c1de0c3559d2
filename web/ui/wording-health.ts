/** The sentences of the dialog about the account's keys. */

import type { Refresh } from "../state/account.ts";
import type { KeyHealthView } from "../state/views.ts";
import { ENGINE_GONE, NOT_READY, RATE_LIMITED } from "./wording.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

export const healthWording = {
  title: "Key health",
  storage: "Storage",
  askToPersist: "Ask to keep it",
  oneTimePrekeys: "One-time prekeys on the relay",
  backup: "Last backup",
  makeBackup: "Make a backup",
  signedPrekey: "Signed prekey",
  refresh: "Make new ones",
  refreshing: "Making new ones…",
  cryptography: "Cryptography",
  people: "Safety numbers",
  open: (peer: string) => `Open ${peer}`,
  persistence(isPersistent: boolean | null): string {
    if (isPersistent === null) return "This browser does not say whether it may clear what is kept here by itself.";
    return isPersistent
      ? "The browser keeps it until you delete it yourself."
      : "The browser may clear it by itself when space is short or this site was not visited for long.";
  },
  left: (count: number) =>
    count === 0
      ? "None is left: first messages are protected less well until there are new ones."
      : `${count} left. Each protects one first message.`,
  backedUpAt(at: number | null, now: number): string {
    if (at === null) return "None was made. When this browser loses its data, the account is lost.";
    const days = Math.max(0, Math.floor((now - at) / DAY_MS));
    if (days === 0) return "Made today.";
    return days === 1 ? "Made yesterday." : `Made ${days} days ago. What came since is not in it.`;
  },
  madeAt(at: number, now: number): string {
    const days = Math.max(0, Math.floor((now - at) / DAY_MS));
    if (days === 0) return "Made today. It is replaced every week.";
    return `Made ${days === 1 ? "yesterday" : `${days} days ago`}. It is replaced every week.`;
  },
  sessions({ postQuantum, classical, weak }: KeyHealthView["sessions"]): string {
    if (postQuantum + classical === 0) return "No session yet. New ones use X25519 with ML-KEM-768, and AES-256-GCM.";
    const parts = [
      ...(postQuantum > 0 ? [`${postQuantum} with X25519 and ML-KEM-768`] : []),
      ...(classical > 0 ? [`${classical} with X25519 alone, until the next message`] : []),
      ...(weak > 0 ? [`${weak} begun without a one-time prekey`] : []),
    ];
    return `Sessions: ${parts.join("; ")}.`;
  },
  unverified: (peers: readonly string[]) =>
    peers.length === 0
      ? "Compared with everyone you talk with."
      : `Not compared with ${peers.length === 1 ? "one person" : `${peers.length} people`} yet.`,
} as const;

/** What to say when new prekeys were to be made. */
export function refreshSentence(outcome: Refresh): string {
  switch (outcome.kind) {
    case "refreshed":
      return "They are new, here and on the relay.";
    case "offline":
      return "The relay cannot be reached. It gets them when it can.";
    case "refused":
      if (outcome.code === RATE_LIMITED) return "The relay was asked for a lot just now. It gets them in a moment.";
      return `The relay refused them (${outcome.code}). Try again, or ask whoever runs it.`;
    case "not-ready":
      return NOT_READY;
    case "engine-gone":
      return ENGINE_GONE;
  }
}
