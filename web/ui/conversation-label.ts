/** What a row of the list of conversations is called: the other's username, a space, then the rest. */

import type { ConversationSummary } from "../state/views.ts";
import { formatBrief } from "./times.ts";
import { wording } from "./wording.ts";
import { IDENTITY_WORDS } from "./wording-trust.ts";

const LONGEST_PREVIEW = 80;

/** The row's second line: the last message on one line, ours marked as such. */
export function previewText(summary: ConversationSummary, isOpen = false): string {
  const { peer, isTyping, isBlocked, draft, lastText, lastKind, lastDirection } = summary;
  if (isBlocked) return wording.workspace.blocked;
  if (isTyping) return wording.conversation.typing(peer);
  if (draft !== "" && !isOpen) return `${wording.workspace.draft}: ${draft.slice(0, LONGEST_PREVIEW)}`;
  const text = lastKind === "deleted" ? wording.conversation.deleted : lastText;
  const line = text.slice(0, LONGEST_PREVIEW).replaceAll(/\s+/g, " ").trim();
  return lastDirection === "outgoing" ? `${wording.conversation.you}: ${line}` : line;
}

/** The row's accessible name. */
export function conversationLabel(summary: ConversationSummary, now: number, isOpen = false): string {
  const unread = summary.unread === 0 ? "" : `${summary.unread} unread`;
  const identity = IDENTITY_WORDS[summary.identity]?.toLowerCase() ?? "";
  const { givenName, isRequest, isPinned, isMuted } = summary;
  const marks = [
    givenName ?? "",
    isRequest ? wording.workspace.request : "",
    isPinned ? wording.workspace.pinned : "",
    isMuted ? wording.workspace.muted : "",
  ];
  const rest = [identity, ...marks, unread, previewText(summary, isOpen), formatBrief(summary.lastAt, now)].filter(
    (part) => part !== "",
  );
  return `${summary.peer} ${rest.join(", ")}`;
}
