/** One message. Its text is only ever text. */

import { memo } from "react";
import { StatusIcon } from "./icons.tsx";
import styles from "./message.module.css";
import type { TimelineItem } from "./timeline.ts";
import { formatTime } from "./times.ts";
import { STATUS_WORDS, wording } from "./wording.ts";

interface MessageProps {
  readonly item: Extract<TimelineItem, { kind: "text" }>;
  readonly peer: string;
  /** It was looked for, and found. */
  readonly isSought: boolean;
}

export const Message = memo(function Message({ item, peer, isSought }: MessageProps) {
  const { direction, text, unsupported, at, status } = item.message;
  return (
    <article
      className={styles["message-bubble"]}
      data-direction={direction}
      data-starts-run={item.startsRun}
      data-ends-run={item.endsRun}
      data-sequence={item.message.sequence}
      data-sought={isSought}
      tabIndex={isSought ? -1 : undefined}
      aria-label={direction === "outgoing" ? wording.conversation.you : peer}
    >
      <p className={styles["message-text"]} dir="auto">
        {text}
      </p>
      {unsupported && <p className={styles["message-unsupported"]}>{wording.conversation.unsupported}</p>}
      <footer className={styles["message-foot"]}>
        <time dateTime={new Date(at).toISOString()}>{formatTime(at)}</time>
        {status !== null && (
          <span className={styles["message-status"]} data-status={status}>
            <StatusIcon status={status} />
            <span className={item.isNewestOwn ? undefined : "visually-hidden"}>{STATUS_WORDS[status]}</span>
          </span>
        )}
      </footer>
    </article>
  );
});
