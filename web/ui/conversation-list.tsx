/** The list of conversations, newest first. */

import { useEffect, useRef } from "react";
import { useStore } from "../state/store.ts";
import type { ConversationSummary } from "../state/views.ts";
import { useApp } from "./app-context.ts";
import { Avatar } from "./avatar.tsx";
import { conversationLabel, previewText } from "./conversation-label.ts";
import styles from "./conversation-list.module.css";
import { CONVERSATION } from "./conversation-part.ts";
import { IdentityMark } from "./identity-mark.tsx";
import { formatBrief } from "./times.ts";
import { wording } from "./wording.ts";

interface ConversationListProps {
  readonly conversations: readonly ConversationSummary[];
}

export function ConversationList({ conversations }: ConversationListProps) {
  const { openPeer, openConversation } = useStore(useApp().navigation);
  const list = useRef<HTMLElement>(null);
  const lastOpen = useRef(openPeer);
  useEffect(() => {
    // Closing a conversation leaves the focus where it was opened.
    if (openPeer === null && lastOpen.current !== null) {
      list.current?.querySelector<HTMLElement>(`[data-peer="${lastOpen.current}"]`)?.focus();
    }
    lastOpen.current = openPeer;
  }, [openPeer]);
  return (
    <nav ref={list} className={styles["list-scroll"]} aria-label={wording.workspace.conversations}>
      {conversations.length === 0 && <p className={styles["list-empty"]}>{wording.workspace.noConversations}</p>}
      <ul>
        {conversations.map((summary) => (
          <li key={summary.peer}>
            <ConversationRow
              summary={summary}
              isOpen={summary.peer === openPeer}
              onOpen={() => openConversation(summary.peer)}
            />
          </li>
        ))}
      </ul>
    </nav>
  );
}

interface ConversationRowProps {
  readonly summary: ConversationSummary;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
}

function ConversationRow({ summary, isOpen, onOpen }: ConversationRowProps) {
  const now = Date.now();
  return (
    <button
      type="button"
      className={styles["list-row"]}
      onClick={onOpen}
      onPointerEnter={CONVERSATION.fetchAhead}
      onFocus={CONVERSATION.fetchAhead}
      data-peer={summary.peer}
      data-unread={summary.unread > 0}
      aria-current={isOpen}
      aria-label={conversationLabel(summary, now)}
    >
      <Avatar username={summary.peer} />
      <span className={styles["list-name"]}>
        <span>{summary.peer}</span>
        <IdentityMark kind={summary.identity} />
      </span>
      <span className={styles["list-time"]}>{formatBrief(summary.lastAt, now)}</span>
      <span className={styles["list-preview"]} dir="auto">
        {previewText(summary)}
      </span>
      {summary.unread > 0 && <span className={styles["list-unread"]}>{summary.unread}</span>}
    </button>
  );
}
