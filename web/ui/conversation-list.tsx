/** The list of conversations, newest first. */

import { type ReactNode, useEffect, useRef } from "react";
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
  const requests = conversations.filter((one) => one.isRequest);
  const rows = (summaries: readonly ConversationSummary[]) => (
    <ul>
      {summaries.map((summary) => (
        <li key={summary.peer}>
          <ConversationRow
            summary={summary}
            isOpen={summary.peer === openPeer}
            onOpen={() => openConversation(summary.peer)}
          />
        </li>
      ))}
    </ul>
  );
  return (
    <nav ref={list} className={styles["list-scroll"]} aria-label={wording.workspace.conversations}>
      {conversations.length === 0 && <p className={styles["list-empty"]}>{wording.workspace.noConversations}</p>}
      {rows(conversations.filter((one) => !one.isRequest && !one.isArchived))}
      <Section name={wording.workspace.requests} summaries={requests} openPeer={openPeer} rows={rows} />
      <Section
        name={wording.workspace.archived}
        summaries={conversations.filter((one) => !one.isRequest && one.isArchived)}
        openPeer={openPeer}
        rows={rows}
      />
    </nav>
  );
}

/** So many requests are seen without being asked for. */
const MOST_REQUESTS_SHOWN = 3;

interface SectionProps {
  readonly name: string;
  readonly summaries: readonly ConversationSummary[];
  readonly openPeer: string | null;
  readonly rows: (summaries: readonly ConversationSummary[]) => ReactNode;
}

/** What is apart from the others: closed where it is put aside, or where it is too much. */
function Section({ name, summaries, openPeer, rows }: SectionProps) {
  if (summaries.length === 0) return null;
  const isFew = summaries.length <= MOST_REQUESTS_SHOWN && summaries.every(({ isArchived }) => !isArchived);
  return (
    <details className={styles["list-section"]} open={isFew || summaries.some(({ peer }) => peer === openPeer)}>
      <summary>
        {name} ({summaries.length})
      </summary>
      {rows(summaries)}
    </details>
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
      data-muted={summary.isMuted}
      data-pinned={summary.isPinned}
      aria-current={isOpen}
      aria-label={conversationLabel(summary, now, isOpen)}
    >
      <Avatar username={summary.peer} />
      <span className={styles["list-name"]}>
        <bdi>{summary.givenName ?? summary.peer}</bdi>
        {summary.givenName !== null && <small>{summary.peer}</small>}
        <IdentityMark kind={summary.identity} />
      </span>
      <span className={styles["list-time"]}>{formatBrief(summary.lastAt, now)}</span>
      <span className={styles["list-preview"]} dir="auto">
        {previewText(summary, isOpen)}
      </span>
      {summary.unread > 0 && <span className={styles["list-unread"]}>{summary.unread}</span>}
    </button>
  );
}
