/** The sentences about an account's problems, and those that stand before one that is not in use. */

import type { AccountProblem } from "../state/views.ts";
import type { PageText } from "./wording.ts";

export const PROBLEMS: Readonly<Record<AccountProblem, string>> = {
  "storage-unavailable":
    "This browser gives Sotto no storage. Leave private browsing, or allow this site to keep data, then reload.",
  "storage-full":
    "There is no room left here, so new messages cannot be kept. They wait on the relay: free some space on this device, and Sotto goes on by itself.",
  "storage-cleared":
    "The data of this site was deleted in this browser while the account was open. Its keys and messages are gone from this device, and the relay has no copy. If you have a backup, restore it on the start page. If not, create an account under another name, or ask whoever runs the relay to free this one.",
  "storage-newer":
    "A newer version of Sotto was here before and keeps this account in a way that this version cannot read. Reload to get the newer one; nothing is lost.",
  "storage-damaged":
    "Some of this account’s records cannot be read. Mail stays on the relay; reload, and if this stays, remove the account here and restore a backup, or create a new one.",
  "records-damaged":
    "Some of what this browser keeps of this account cannot be read, so messages may be missing. Make a backup now: this device may be failing. This notice goes once you remove the account here and restore that backup.",
  "part-missing": "A part of Sotto could not be loaded. Check the connection, then reload. Nothing is lost.",
  "in-use-elsewhere":
    "This account was restored from a backup on another device, or goes on in a later copy of this browser’s data. Its messages go there now. What is here can still be read; if you do not know of another device, renew your keys.",
  "taken-over": "This account was opened elsewhere in this browser. Reload this page to go on here.",
  "name-lost":
    "This name is no longer yours on the relay: its operator freed it, or the relay lost your keys and someone else took it. Ask them, or create an account under another name and tell the people you talk with.",
  "relay-refuses":
    "The relay refuses this account’s requests. What you write waits here; reload, or ask whoever runs the relay.",
};

export const USE_HERE = "Use it here";

export const ACCOUNT_NOTICES = {
  opening: (username: string): PageText => ({
    title: `Opening ${username} takes long`,
    sentences: [
      "Another tab or window of Sotto may be in the way: close the others, and this one goes on by itself. If there are none, reload. Nothing is lost.",
    ],
  }),
  heldElsewhere: (username: string): PageText => ({
    title: "Open in another tab",
    sentences: [
      `${username} is in use by another version of Sotto in this browser.`,
      "Close or reload the other tabs of this account, and this one goes on by itself; or use the account here, and they stop.",
    ],
  }),
  absent: (username: string): PageText => ({
    title: `${username} is not on this device`,
    sentences: [
      "This browser holds no account of that name. If it is yours and you have a backup, restore it on the start page; if the name is still free, you can create it here.",
    ],
  }),
  locked: (username: string): PageText => ({
    title: `${username} is locked`,
    sentences: ["Its messages and keys are encrypted on this device. New mail waits on the relay until you are back."],
  }),
  unregistered: (username: string): PageText => ({
    title: "Almost there",
    sentences: [
      `The keys of ${username} are made and kept on this device, but the relay does not have them yet.`,
      "Nobody can write to you until it does.",
    ],
  }),
  evicted: (username: string): PageText => ({
    title: `What ${username} kept here is gone`,
    sentences: [
      `${username} was in use in this browser, but its keys and messages were deleted: by somebody who cleared the data of this site, or by the browser itself, as some do when space is short or a site was not visited for long.`,
      "The relay has no copy of them. If you have a backup, restore it on the start page. If not, create an account under another name, or ask whoever runs the relay to free this one, and tell the people you talk with.",
    ],
  }),
  failed: (problem: AccountProblem | null): PageText => ({
    title: problem === "storage-cleared" ? "What was kept here is gone" : "This account cannot be opened",
    sentences: [problem === null ? "Something in this browser is in the way. Reload to try again." : PROBLEMS[problem]],
  }),
  removed: (username: string): PageText => ({
    title: `${username} was removed`,
    sentences: ["Its keys and messages are no longer on this device."],
  }),
  engineGone: {
    title: "Sotto could not start",
    sentences: ["The part of Sotto that holds your keys did not answer. Reload to try again."],
  },
} as const;
