/** The sentences that stand before an account that is not in use. */

import type { AccountProblem } from "../state/views.ts";
import { type PageText, PROBLEMS } from "./wording.ts";

export const USE_HERE = "Use it here";

export const ACCOUNT_NOTICES = {
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
