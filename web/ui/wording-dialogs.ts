/** The sentences of the dialogs, which are loaded apart from the page (dialogs.tsx). */

import type { Deletion, Renewal } from "../state/account.ts";
import type { VerificationResult } from "../state/verification.ts";
import { ENGINE_GONE, NOT_READY, RATE_LIMITED } from "./wording.ts";

export const menuWording = {
  invite: "Invite",
  connect: "Connect now",
  home: "Start page",
  health: "Key health",
  backup: "Back up",
  alerts: "Notifications",
  privacy: "Privacy",
  lock: "App lock",
  lockNow: "Lock now",
  renew: "Renew keys",
  remove: "Remove from this device",
} as const;

export const dialogWording = {
  verify: {
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
  },
  invite: {
    title: "Invite",
    explanation: (username: string) =>
      `Whoever opens this link can start a conversation with ${username}. It holds no secret, only your name.`,
    link: "Invite link",
    copy: "Copy link",
    copied: "Copied",
    copyFailed: "The browser did not allow copying. Select the link and copy it by hand.",
    qr: (username: string) => `QR code of the invite link of ${username}`,
    qrFailed: "The QR code could not be loaded. The link works without it.",
  },
  renew: {
    title: "Renew keys",
    when: "Do this if somebody may have copied your keys: until you do, they can go on in your name.",
    effects: [
      "Everyone you talk with sees that your key has changed, and decides before they go on.",
      "Messages that were sent to your earlier key and have not arrived yet cannot be opened.",
      "Safety numbers change. Compare them again.",
    ],
    confirm: "Renew keys",
    renewing: "Making new keys…",
  },
  remove: {
    title: (username: string) => `Remove ${username} from this device?`,
    losses: (everywhere: boolean): readonly string[] => [
      "The keys and all messages of this account are deleted from this browser. Nothing but a backup brings them back.",
      everywhere
        ? "The relay deletes its keys and the messages that wait for it, for ever."
        : "Messages that still wait for this account on the relay can then never be read.",
      everywhere
        ? "Nobody can write to this name any more, and nobody else can take it until whoever runs the relay frees it."
        : "The name stays taken on the relay, until whoever runs it frees it.",
    ],
    everywhere: "Delete it on the relay, too",
    confirmLabel: (username: string) => `Type ${username} to confirm`,
    confirm: "Remove account",
    removing: "Removing…",
  },
} as const;

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
      return `This code is of another conversation. Ask ${peer} to open the code of the one with you, and scan that.`;
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
    case "no-key":
      return dialogWording.verify.none(peer);
    case "not-ready":
      return NOT_READY;
    case "engine-gone":
      return ENGINE_GONE;
  }
}

/** What to say when an account was to be deleted on the relay and here. */
export function deletionSentence(deletion: Deletion): string {
  switch (deletion.kind) {
    case "deleted":
      return "It is deleted, here and on the relay.";
    case "offline":
      return "The relay cannot be reached, so nothing was deleted. Try again when you are online, or remove it from this device only.";
    case "refused":
      if (deletion.code === RATE_LIMITED) return "The relay was asked for a lot just now. Wait a moment and try again.";
      return `The relay refused (${deletion.code}), so nothing was deleted. Ask whoever runs it, or remove it from this device only.`;
    case "not-ready":
      return NOT_READY;
    case "engine-gone":
      return ENGINE_GONE;
  }
}

/** What to say when keys were to be renewed. */
export function renewalSentence(renewal: Renewal): string {
  switch (renewal.kind) {
    case "renewed":
      return "Your keys are new. Tell the people you talk with, and compare safety numbers again.";
    case "offline":
      return "Your keys are new here. The relay gets them when it can be reached again; leave Sotto open until then.";
    case "refused":
      if (renewal.code === RATE_LIMITED) {
        return "Your keys are new here. The relay gets them in a moment; leave Sotto open until then.";
      }
      return `Your keys are new here, but the relay refused them (${renewal.code}). Nobody can write to you until it takes them: ask whoever runs the relay.`;
    case "not-ready":
      return NOT_READY;
    case "engine-gone":
      return ENGINE_GONE;
  }
}
