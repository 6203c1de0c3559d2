/** What is said about a conversation as a whole. */

import type { SettingProblem } from "../state/conversation-settings.ts";
import { ENGINE_GONE, NOT_READY } from "./wording.ts";

export const conversationWording = {
  menu: "Conversation menu",
  mute: "Mute",
  unmute: "Unmute",
  pin: "Pin to the top",
  unpin: "Unpin",
  archive: "Archive",
  unarchive: "Take out of the archive",
  rename: "Rename",
  block: "Block",
  unblock: "Unblock",
  delete: "Delete conversation",
  request: (peer: string) => `${peer} wrote to you first.`,
  requestHint: "Until you accept or answer, they do not learn whether you have read it.",
  accept: "Accept",
  deleteShort: "Delete",
  blocked: (peer: string) => `You have blocked ${peer}. What they send does not reach you, and they are not told.`,
  renameTitle: (peer: string) => `What do you call ${peer}?`,
  renameLabel: "Name",
  renameHint: "Only you see it. Leave it empty to see the username.",
  save: "Save",
  blockTitle: (peer: string) => `Block ${peer}?`,
  blockHint: "What they send from now on is dropped on this device, unread. They are not told, and still see “Sent”.",
  deleteTitle: (peer: string) => `Delete the conversation with ${peer}?`,
  deleteHint: (peer: string) =>
    `All of it is deleted from this device, with the draft. ${peer} keeps theirs, and if they write again it begins anew.`,
  blockedTitle: "Blocked people",
  nobodyBlocked: "You have blocked nobody.",
} as const;

const PROBLEMS: Readonly<Record<SettingProblem, string>> = {
  gone: "There is nothing left of this conversation.",
  "not-ready": NOT_READY,
  "storage-unavailable": "It could not be stored on this device. Free some space, then try again.",
  "engine-gone": ENGINE_GONE,
};

export function settingProblem(problem: SettingProblem): string {
  return PROBLEMS[problem];
}
