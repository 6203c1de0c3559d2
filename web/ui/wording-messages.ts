/** What is said about single messages and what is done to them. */

import type { ChangeProblem, ForwardProblem } from "../state/message-actions.ts";
import type { Direction } from "../state/views.ts";
import { ENGINE_GONE, NOT_READY } from "./wording.ts";

export const messageWording = {
  actions: "Message actions",
  reply: "Reply",
  copy: "Copy text",
  copyCode: "Copy code",
  leadsTo: (host: string) => `leads to ${host}`,
  forward: "Forward",
  edit: "Edit",
  details: "Details",
  delete: "Delete",
  react: (emoji: string) => `React with ${emoji}`,
  takeBack: (emoji: string) => `Take back your ${emoji}`,
  reacted: (name: string, emoji: string) => `${name} reacted with ${emoji}`,
  edited: "Edited",
  editedHint: "Edited. Show what it said before",
  deletedByYou: "You deleted this message.",
  deletedBy: (peer: string) => `${peer} deleted this message.`,
  quoted: (name: string, excerpt: string) => `Answers ${name}: ${excerpt}. Go to it`,
  quotedDeleted: "A message that was deleted",
  quotedElsewhere: "Not on this device; quoted by the one who answers",
  answering: (name: string) => `Answering ${name}`,
  editing: "Editing your message",
  stopAnswering: "Do not answer it",
  stopEditing: "Leave it as it is",
  save: "Save",
  copied: "Copied",
  copyFailed: "This browser did not let Sotto copy the text. Select it and copy it by hand.",
  deleteTitle: "Delete this message?",
  deleteForBoth: "Delete for both",
  deleteHere: "Delete here only",
  deleteForBothHint: (peer: string) =>
    `“Delete for both” asks ${peer}’s device to delete it, too, and both see that a message was deleted. A copy that somebody made stays.`,
  deleteHereHint: (peer: string) => `“Delete here only” takes it from this device; ${peer} keeps it.`,
  tooLateHint: "It is more than a day old, so it can only be deleted on this device.",
  forwardTitle: "Forward to…",
  forwardEmpty: "There is nobody else to forward it to yet. Start another conversation first.",
  detailsTitle: "About this message",
  detailsGone: "This message is not on this device any more.",
  written: "Written",
  arrived: "Arrived here",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
  lastEdited: "Edited",
  session: "Session",
  sessionOf: (name: string, isPostQuantum: boolean) =>
    `${name.replaceAll(/(.{4})(?=.)/g, "$1 ")} (${isPostQuantum ? "X25519 and ML-KEM-768" : "X25519"})`,
  before: "What it said before",
} as const;

/** Emoji that a message can be reacted with at once. */
export const QUICK_REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"] as const;

/** What a quote, or the bar above the message box, calls the one who wrote. */
export function nameOf(direction: Direction, peer: string, you: string): string {
  return direction === "outgoing" ? you : peer;
}

const CHANGE_PROBLEMS: Readonly<Record<ChangeProblem, string>> = {
  "too-late": "A message can be edited and deleted for both within a day; this one is older.",
  gone: "This message is not there any more.",
  "too-long": "This text is too long for one message. Shorten it and save again.",
  refused: "This cannot be done to this message.",
  "identity-changed": "Decide about the changed key first; nothing is sent until then.",
  "not-ready": NOT_READY,
  "storage-unavailable": "It could not be stored on this device. Free some space, then try again.",
  "engine-gone": ENGINE_GONE,
};

export function changeProblem(problem: ChangeProblem): string {
  return CHANGE_PROBLEMS[problem];
}

const FORWARD_PROBLEMS: Readonly<Record<ForwardProblem, string>> = {
  empty: "There is no text to forward.",
  "too-long": "This text is too long for one message.",
  blocked: "You have blocked them. Unblock them first.",
  "identity-changed": "Their key has changed. Open the conversation and decide about it first.",
  "not-ready": NOT_READY,
  "storage-unavailable": "It could not be stored on this device. Free some space, then try again.",
  "engine-gone": ENGINE_GONE,
};

export function forwardProblem(problem: ForwardProblem): string {
  return FORWARD_PROBLEMS[problem];
}
