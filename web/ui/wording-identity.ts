/**
 * The sentences about who the other is: what is known of their key, changed keys, and messages that could not be
 * opened.
 */

import type { ConversationNotice, MissingCause } from "../state/views.ts";
import type { MissingMessages } from "./timeline.ts";

export const SENDING_STOPPED = (peer: string): string =>
  `Nothing is sent to ${peer} until you decide about the new key. What you write stays here.`;

export const NOTICES: Readonly<Record<ConversationNotice, string>> = {
  "identity-changed": "Their identity key has changed. What follows may be from somebody else.",
  "identity-changed-signed":
    "Their identity key has changed; their earlier key confirms the new one, as could somebody who copied it.",
  "identity-accepted": "You accepted their new key.",
  "identity-kept": "You kept their earlier key.",
  verified: "You verified this conversation.",
  "storage-put-back":
    "What this browser keeps was put back to an earlier state, or a copy of it is in use elsewhere. Messages that had arrived here since then may be missing: ask for them again.",
  "keys-lost":
    "What this browser kept of their keys was damaged. Compare safety numbers again to know that it is them.",
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
