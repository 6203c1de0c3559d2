/**
 * The sentences about who the other is: what is known of their key, changed keys, and messages that could not be
 * opened.
 */

import type { Decision } from "../state/verification.ts";
import type { ConversationNotice, MissingCause, PeerIdentity } from "../state/views.ts";
import type { MissingMessages } from "./timeline.ts";
import { ENGINE_GONE, NOT_READY } from "./wording.ts";

export const VERIFY = "Verify";

/** The one or two words for what is known of the other's key; none where there is nothing to say. */
export const IDENTITY_WORDS: Readonly<Record<PeerIdentity["kind"], string | null>> = {
  unknown: null,
  unverified: null,
  verified: "Verified",
  changed: "Key changed",
};

export const keyChangeWording = {
  title: (peer: string) => `The identity key of ${peer} has changed.`,
  reasons: (peer: string) =>
    `That happens when ${peer} renews their keys, or begins anew on another device or in another browser. It also happens when somebody gets in between. Ask ${peer} in another way, best by comparing safety numbers, before you decide.`,
  signed: "Their earlier key confirms the new one. Somebody who copied the earlier key could do that too.",
  wasVerified: "You had verified the earlier key; that no longer holds.",
  waiting: (count: number) =>
    `If you accept it, ${count === 1 ? "1 waiting message" : `${count} waiting messages`} will be sent under it.`,
  compare: "Compare safety numbers",
  accept: "Accept the new key",
  keep: "Keep the earlier key",
  keepEffect:
    "If you keep the earlier key, what comes under the new one is refused until you start the conversation again.",
  sendingStopped: (peer: string) =>
    `Nothing is sent to ${peer} until you decide about the new key. What you write stays here.`,
} as const;

export const DECISION_PROBLEMS: Readonly<Record<Exclude<Decision["state"], "working">, string>> = {
  outdated: "The key has changed once more meanwhile. Look again, then decide.",
  "not-ready": NOT_READY,
  "engine-gone": ENGINE_GONE,
};

export const NOTICES: Readonly<Record<ConversationNotice, string>> = {
  "identity-changed": "Their identity key has changed. What follows may be from somebody else.",
  "identity-changed-signed":
    "Their identity key has changed; their earlier key confirms the new one, as could somebody who copied it.",
  "identity-accepted": "You accepted their new key.",
  "identity-kept": "You kept their earlier key.",
  verified: "You verified this conversation.",
  "storage-put-back":
    "What this browser keeps was put back to an earlier state, or a copy of it is in use elsewhere. Messages that had arrived here since then may be missing: ask for them again.",
  "verification-removed": "This conversation is no longer verified. Compare safety numbers again to verify it.",
};

/** "1 message from bob could not be opened: …", and what comes of it or what to do. */
export function missingSentence(peer: string, { count, state, cause }: MissingMessages): string {
  const messages = count === 1 ? `1 message from ${peer}` : `${count} messages from ${peer}`;
  return `${messages} could not be opened: ${MISSING_CAUSES[cause]}. ${whatNow(peer, { count, state, cause })}`;
}

function whatNow(peer: string, { count, state, cause }: Pick<MissingMessages, "count" | "state" | "cause">): string {
  const them = count === 1 ? "it" : "them";
  if (state === "asked") return `Their device is being asked to send ${them} again. If nothing comes, ask ${peer}.`;
  if (cause === "newer-version") return `Reload this page to get that version, then ask ${peer} to send ${them} again.`;
  return `Ask ${peer} to send ${them} again.`;
}

const MISSING_CAUSES: Readonly<Record<MissingCause, string>> = {
  "keys-gone": "the keys for that are no longer on this device",
  altered: "what arrived was altered on the way, or is not from them",
  "newer-version": "what arrived is of a later version of Sotto",
  unreadable: "what arrived holds nothing that can be shown",
};
