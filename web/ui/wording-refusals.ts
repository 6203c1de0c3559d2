/** Why a conversation was not started or a message not sent, and what to do. */

import type { StartRefusal } from "../state/account.ts";
import type { SendProblem } from "../state/conversations.ts";
import { ENGINE_GONE, NOT_READY, RATE_LIMITED } from "./wording.ts";

/** What to say when a conversation was not started. */
export function startSentence({ peer, outcome }: StartRefusal): string {
  switch (outcome.kind) {
    case "started":
      return `The conversation with ${peer} is open.`;
    case "username-invalid":
      return "That is no username. Usernames have 3 to 32 characters: a–z, 0–9, dots, dashes and underscores.";
    case "oneself":
      return "That is you. Enter the username of someone else.";
    case "unknown-user":
      return `Nobody here is called ${peer}. Check the spelling, or send them your invite link.`;
    case "offline":
      return "The relay cannot be reached, and a first message needs their keys from it. Try again when you are online.";
    case "bundle-refused":
      return bundleSentence(peer, outcome.code);
    case "refused":
      if (outcome.code === RATE_LIMITED) return "The relay was asked for a lot just now. Wait a moment and try again.";
      return `The relay refused (${outcome.code}). Try again, or ask whoever runs the relay.`;
    case "not-ready":
      return NOT_READY;
    case "engine-gone":
      return ENGINE_GONE;
  }
}

/** Why the keys that the relay handed out begin no conversation. */
function bundleSentence(peer: string, code: string): string {
  switch (code) {
    case "identity-mismatch":
      return `The relay handed out a key of ${peer} that you decided against. Nothing was sent. Ask ${peer} in another way; if it is theirs, start the conversation again to decide once more.`;
    case "manifest-outdated":
      return `The relay handed out older keys of ${peer} than before. Nothing was sent. Ask ${peer} to open Sotto, which brings the relay up to date, and try again.`;
    case "signed-prekey-expired":
      return `The relay handed out keys of ${peer} that are too old or too new by this device’s clock. They were refused, and nothing was sent. Check the date and time here, and ask ${peer} to check theirs and to open Sotto; then try again. If it stays so, the relay holds back their newer keys.`;
    default:
      return `The relay handed out keys for ${peer} that do not verify (${code}). Nothing was sent; do not trust this relay before you know why.`;
  }
}

export const SEND_PROBLEMS: Readonly<Record<SendProblem, string>> = {
  "too-long": "This message is too long. Shorten it or send it in parts.",
  "identity-changed":
    "Their identity key has changed, so this was not sent. Decide about the new key, then send it again.",
  blocked: "You have blocked them, so this was not sent. Unblock them, then send it again.",
  "not-ready":
    "This account is not in use here at the moment, so this was not sent. Reload the page and send it again.",
  "storage-unavailable": "The message could not be stored, so it was not sent. Free some space and send it again.",
  "engine-gone": "The part of Sotto that holds your keys did not answer. Copy your text, reload and send it again.",
};
