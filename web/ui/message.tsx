/** One message. Its text is only ever text. */

import { memo } from "react";
import { FormattedText } from "./formatted-text.tsx";
import { StatusIcon, TimerIcon } from "./late-icons.tsx";
import styles from "./message.module.css";
import { MessageMenu, type MessageMenuActions } from "./message-menu.tsx";
import type { TextMessage, TimelineItem } from "./timeline.ts";
import { formatTime } from "./times.ts";
import { STATUS_WORDS, wording } from "./wording.ts";
import { messageWording, nameOf } from "./wording-messages.ts";
import { timerWording } from "./wording-timer.ts";

interface MessageProps {
  readonly item: Extract<TimelineItem, { kind: "text" }>;
  readonly peer: string;
  /** It was looked for, and found. */
  readonly isSought: boolean;
  /** The one whose actions the Tab key leads to; the arrows lead to the others. */
  readonly isReached: boolean;
  readonly actions: MessageMenuActions;
}

export const Message = memo(function Message({ item, peer, isSought, isReached, actions }: MessageProps) {
  const { message } = item;
  const { direction, text, unsupported, at, status, isEdited, isDeleted } = message;
  return (
    <article
      className={styles["message-bubble"]}
      data-direction={direction}
      data-starts-run={item.startsRun}
      data-ends-run={item.endsRun}
      data-sequence={message.sequence}
      data-sought={isSought}
      tabIndex={isSought ? -1 : undefined}
      aria-label={nameOf(direction, peer, wording.conversation.you)}
    >
      <Quote message={message} peer={peer} onGo={actions.go} />
      {isDeleted ? (
        <p className={styles["message-deleted"]}>
          {direction === "outgoing" ? messageWording.deletedByYou : messageWording.deletedBy(peer)}
        </p>
      ) : (
        <FormattedText text={text} className={styles["message-text"]} onCopy={actions.copy} />
      )}
      {unsupported && <p className={styles["message-unsupported"]}>{wording.conversation.unsupported}</p>}
      <footer className={styles["message-foot"]}>
        {isEdited && (
          <button
            type="button"
            className={styles["message-edited"]}
            tabIndex={isReached ? 0 : -1}
            aria-label={messageWording.editedHint}
            onClick={() => actions.showDetails(message.sequence)}
          >
            {messageWording.edited}
          </button>
        )}
        {message.disappears !== null && (
          <span
            role="img"
            aria-label={timerWording.mark(message.disappears.seconds)}
            className={styles["message-timer"]}
          >
            <TimerIcon />
          </span>
        )}
        <time dateTime={new Date(at).toISOString()}>{formatTime(at)}</time>
        {status !== null && (
          <span className={styles["message-status"]} data-status={status}>
            <StatusIcon status={status} />
            <span className={item.isNewestOwn ? undefined : "visually-hidden"}>{STATUS_WORDS[status]}</span>
          </span>
        )}
      </footer>
      <Reactions message={message} peer={peer} onReact={actions.react} />
      <MessageMenu message={message} isReached={isReached} actions={actions} />
    </article>
  );
});

interface QuoteProps {
  readonly message: TextMessage;
  readonly peer: string;
  readonly onGo: (sequence: number) => void;
}

function Quote({ message: { quote }, peer, onGo }: QuoteProps) {
  if (quote === null) return null;
  const { direction, sequence, excerpt } = quote;
  const name = nameOf(direction, peer, wording.conversation.you);
  const shown = excerpt === "" ? messageWording.quotedDeleted : excerpt;
  const content = (
    <>
      <b>{name}</b>
      <span dir="auto">{shown}</span>
    </>
  );
  if (sequence === null) {
    return (
      <blockquote className={styles["message-quote"]}>
        {content}
        <small>{messageWording.quotedElsewhere}</small>
      </blockquote>
    );
  }
  return (
    <button
      type="button"
      className={styles["message-quote"]}
      aria-label={messageWording.quoted(name, shown)}
      onClick={() => onGo(sequence)}
    >
      {content}
    </button>
  );
}

interface ReactionsProps {
  readonly message: TextMessage;
  readonly peer: string;
  readonly onReact: (sequence: number, emoji: string | null) => void;
}

function Reactions({ message: { reactions, sequence }, peer, onReact }: ReactionsProps) {
  const { ours, theirs } = reactions;
  if (ours === null && theirs === null) return null;
  return (
    <div className={styles["message-reactions"]}>
      {theirs !== null && (
        <span className={styles["message-reaction"]} role="img" aria-label={messageWording.reacted(peer, theirs)}>
          {theirs}
        </span>
      )}
      {ours !== null && (
        <button
          type="button"
          className={styles["message-reaction"]}
          data-own="true"
          aria-label={messageWording.takeBack(ours)}
          title={messageWording.takeBack(ours)}
          onClick={() => onReact(sequence, null)}
        >
          {ours}
        </button>
      )}
    </div>
  );
}
