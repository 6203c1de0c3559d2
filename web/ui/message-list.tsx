/** The messages of one conversation, the newest at the bottom, where the list stays unless someone scrolls up. */

import { useMemo } from "react";
import type { ConversationView } from "../state/views.ts";
import controls from "./controls.module.css";
import { DownIcon, MissingIcon } from "./icons.tsx";
import { Message } from "./message.tsx";
import styles from "./message-list.module.css";
import { buildTimeline, type TimelineItem } from "./timeline.ts";
import { formatDay } from "./times.ts";
import { useNewestInSight } from "./use-newest-in-sight.ts";
import { wording } from "./wording.ts";
import { missingSentence, NOTICES } from "./wording-identity.ts";

interface MessageListProps {
  readonly peer: string;
  /** Null until the engine has answered. */
  readonly view: ConversationView | null;
  readonly onShowEarlier: () => void;
}

export function MessageList({ peer, view, onShowEarlier }: MessageListProps) {
  const timeline = useMemo(() => buildTimeline(view?.messages ?? []), [view]);
  const { scroller, hasNewBelow, showNewest } = useNewestInSight(view?.messages ?? []);
  return (
    <div className={styles["list-frame"]}>
      <div
        ref={scroller}
        role="log"
        aria-label={wording.conversation.log(peer)}
        aria-relevant="additions"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        className={styles["messages-scroll"]}
      >
        {view?.hasEarlier === true && (
          <button
            type="button"
            className={`${controls["button-quiet"]} ${styles["list-earlier"]}`}
            onClick={onShowEarlier}
          >
            {wording.conversation.earlier}
          </button>
        )}
        {view !== null && !view.hasEarlier && (
          <p className={styles["list-beginning"]}>{wording.conversation.empty(peer)}</p>
        )}
        {timeline.map((item) => (
          <Item key={item.key} item={item} peer={peer} />
        ))}
      </div>
      {hasNewBelow && (
        <button type="button" className={styles["list-new"]} onClick={showNewest}>
          <DownIcon />
          {wording.conversation.newMessages}
        </button>
      )}
    </div>
  );
}

function Item({ item, peer }: { readonly item: TimelineItem; readonly peer: string }) {
  switch (item.kind) {
    case "day":
      return <p className={styles["list-day"]}>{formatDay(item.at, Date.now())}</p>;
    case "notice":
      return (
        <p className={styles["list-notice"]} data-notice={item.message.notice}>
          {NOTICES[item.message.notice]}
        </p>
      );
    case "missing":
      return (
        <p className={styles["list-missing"]} data-state={item.message.state}>
          <MissingIcon />
          {missingSentence(peer, item.message)}
        </p>
      );
    case "text":
      return <Message item={item} peer={peer} />;
  }
}
