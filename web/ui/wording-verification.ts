/** The sentences about who the other is: safety numbers, changed keys, and messages that could not be opened. */

import type { Renewal } from "../state/account.ts";
import type { Decision, VerificationResult } from "../state/verification.ts";
import type { ConversationNotice, MissingCause, PeerIdentity } from "../state/views.ts";
import type { MissingMessages } from "./timeline.ts";

export const verificationWording = {
  verify: "Verify",
  title: (peer: string) => `Verify ${peer}`,
  explanation: (peer: string) =>
    `Compare these digits with ${peer}, face to face or in a call where you know the voice. If both screens show the same, nobody stands between you.`,
  explanationChanged: "They are the digits of the new key; verifying it also accepts it.",
  digits: "Safety number",
  qr: (peer: string) => `QR code for ${peer} to scan`,
  qrFailed: "The QR code could not be loaded. Comparing the digits works without it.",
  scan: "Scan their code",
  stopScanning: "Stop the camera",
  picture: "Use a picture of it",
  camera: "What the camera sees",
  aim: "Hold their code in front of the camera.",
  reading: "Looking for the code…",
  mark: "Mark as verified",
  unmark: "Remove verification",
  asking: "Working out the digits…",
  none: (peer: string) => `No key of ${peer} is known here yet. Start the conversation first, then come back.`,
  engineGone: "The part of Sotto that holds your keys did not answer. Reload the page and try again.",
} as const;

/** The one or two words for what is known of the other's key; none where there is nothing to say. */
export const IDENTITY_WORDS: Readonly<Record<PeerIdentity["kind"], string | null>> = {
  unknown: null,
  unverified: null,
  verified: "Verified",
  changed: "Key changed",
};

/** What to say when an attempt to verify came to something. */
export function resultSentence(peer: string, result: VerificationResult): string {
  switch (result) {
    case "match":
      return "Verified: both devices hold the same keys.";
    case "marked":
      return "Verified. Should this key ever change, you will be told.";
    case "mismatch":
      return `The keys do not match. Write nothing confidential to ${peer}: somebody may stand between you. Meet or call, compare the digits, and do not go on here if they differ too.`;
    case "other-people":
      return `This code does not belong to this conversation. Ask ${peer} to open the code of the conversation with you, and scan that one. If this stays, write nothing confidential: somebody may stand between you.`;
    case "own-code":
      return "This is the code that your own screen shows. Scan the one on theirs.";
    case "newer-version":
      return "This code is of a later version of Sotto. Reload this page to get that version, then scan it again.";
    case "not-a-code":
      return "This code is no safety number. Scan the one that they see under “Verify”.";
    case "no-code":
      return "No QR code was found in this picture. Take another, sharp and straight from the front, with the whole code in it.";
    case "not-a-picture":
      return "This file could not be opened as a picture. Choose a PNG or JPEG of their code.";
    case "camera-refused":
      return "The browser did not allow the camera. Allow it for this page and try again, or use a picture, or compare the digits.";
    case "camera-missing":
      return "There is no camera that can be used now. Use a picture of their code, or compare the digits.";
    case "reader-missing":
      return "The part that reads codes could not be loaded. Check the connection and try again, or compare the digits.";
    case "outdated":
      return "The key has changed while you were comparing. These are the digits of the new one: compare again.";
    case "engine-gone":
      return verificationWording.engineGone;
  }
}

export const keyChangeWording = {
  title: (peer: string) => `The identity key of ${peer} has changed.`,
  reasons: (peer: string) =>
    `That happens when ${peer} begins anew on another device or in another browser. It also happens when somebody gets in between. Ask ${peer} in another way, best by comparing safety numbers, before you decide.`,
  signed: "Their earlier key confirms the new one.",
  wasVerified: "You had verified the earlier key; that no longer holds.",
  waiting: (count: number) =>
    `If you accept it, ${count === 1 ? "1 waiting message" : `${count} waiting messages`} will be sent under it.`,
  compare: "Compare safety numbers",
  accept: "Accept the new key",
  keep: "Keep the earlier key",
  sendingStopped: (peer: string) =>
    `Nothing is sent to ${peer} until you decide about the new key. What you write stays here.`,
} as const;

export const DECISION_PROBLEMS: Readonly<Record<Exclude<Decision["state"], "working">, string>> = {
  outdated: "The key has changed once more meanwhile. Look again, then decide.",
  "engine-gone": verificationWording.engineGone,
};

export const NOTICES: Readonly<Record<ConversationNotice, string>> = {
  "identity-changed": "Their identity key has changed. What follows may be from somebody else.",
  "identity-changed-signed": "Their identity key has changed; their earlier key confirms the new one.",
  "identity-accepted": "You accepted their new key.",
  "identity-kept": "You kept their earlier key.",
  verified: "You verified this conversation.",
  "verification-removed": "You removed the verification.",
};

/** "1 message from bob could not be opened: …", and what comes of it or what to do. */
export function missingSentence(peer: string, { count, state, cause }: MissingMessages): string {
  const messages = count === 1 ? `1 message from ${peer}` : `${count} messages from ${peer}`;
  return `${messages} could not be opened: ${MISSING_CAUSES[cause]}. ${whatNow(peer, { count, state, cause })}`;
}

function whatNow(peer: string, { count, state, cause }: Pick<MissingMessages, "count" | "state" | "cause">): string {
  const them = count === 1 ? "it" : "them";
  if (state === "asked") return `Their device is being asked to send ${them} again; nothing needs to be done.`;
  if (cause === "newer-version") return `Reload this page to get that version, then ask ${peer} to send ${them} again.`;
  return `Ask ${peer} to send ${them} again.`;
}

const MISSING_CAUSES: Readonly<Record<MissingCause, string>> = {
  "keys-gone": "the keys for that are no longer on this device",
  altered: "what arrived was altered on the way, or is not from them",
  "newer-version": "what arrived is of a later version of Sotto",
  unreadable: "what arrived holds nothing that can be shown",
};

/** What to say when keys were to be renewed. */
export function renewalSentence(renewal: Renewal): string {
  switch (renewal.kind) {
    case "renewed":
      return "Your keys are new. Tell the people you talk with, and compare safety numbers again.";
    case "offline":
      return "Your keys are new here. The relay gets them when it can be reached again; leave Sotto open until then.";
    case "refused":
      return `The relay refused the new keys (${renewal.code}). Ask whoever runs the relay.`;
    case "not-ready":
      return "This account is not in use here now. Reload the page and try again.";
    case "engine-gone":
      return "The part of Sotto that holds your keys did not answer. Reload the page and try again.";
  }
}
