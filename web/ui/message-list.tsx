/** The messages of one conversation, the newest at the bottom, where the list stays unless someone scrolls up. */

import { useMemo } from "react";
import { useStore } from "../state/store.ts";
import type { ConversationView } from "../state/views.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { DownIcon, MissingIcon } from "./late-icons.tsx";
import { Message } from "./message.tsx";
import styles from "./message-list.module.css";
import type { MessageMenuActions } from "./message-menu.tsx";
import { buildTimeline, type TimelineItem } from "./timeline.ts";
import { formatDay } from "./times.ts";
import { usePlace } from "./use-place.ts";
import { useReachedMessage } from "./use-reached-message.ts";
import { wording } from "./wording.ts";
import { missingSentence, NOTICES } from "./wording-identity.ts";
import { timerWording } from "./wording-timer.ts";

interface MessageListProps {
  readonly peer: string;
  /** Null until the engine has answered. */
  readonly view: ConversationView | null;
  readonly actions: MessageMenuActions;
}

export function MessageList({ peer, view, actions }: MessageListProps) {
  const { conversations } = useSession();
  const { showEarlier, showLater, showNewest } = conversations.getState();
  const sought = useStore(conversations, (state) => state.sought);
  const timeline = useMemo(() => buildTimeline(view?.messages ?? []), [view]);
  const place = usePlace({ view, sought, onEarlier: showEarlier, onLater: showLater, onNewest: showNewest });
  const { scroller, hasNewBelow, isAway } = place;
  const sequences = useMemo(
    () => timeline.flatMap((item) => (item.kind === "text" ? [item.message.sequence] : [])),
    [timeline],
  );
  const { reached, onKeyDown } = useReachedMessage(sequences);
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
        onKeyDown={onKeyDown}
      >
        {view?.hasEarlier === true && (
          <button
            type="button"
            className={`${controls["button-quiet"]} ${styles["list-earlier"]}`}
            onClick={showEarlier}
          >
            {wording.conversation.earlier}
          </button>
        )}
        {view !== null && !view.hasEarlier && (
          <p className={styles["list-beginning"]}>{wording.conversation.empty(peer)}</p>
        )}
        {timeline.map((item) => (
          <Item
            key={item.key}
            item={item}
            peer={peer}
            soughtSequence={sought?.kind === "message" ? sought.sequence : null}
            reached={reached}
            actions={actions}
          />
        ))}
        {view?.hasLater === true && (
          <button type="button" className={`${controls["button-quiet"]} ${styles["list-earlier"]}`} onClick={showLater}>
            {wording.conversation.later}
          </button>
        )}
      </div>
      {(hasNewBelow || isAway) && (
        <button type="button" className={styles["list-new"]} onClick={place.showNewest}>
          <DownIcon />
          {hasNewBelow ? wording.conversation.newMessages : wording.conversation.newest}
        </button>
      )}
    </div>
  );
}

interface ItemProps {
  readonly item: TimelineItem;
  readonly peer: string;
  readonly soughtSequence: number | null;
  readonly reached: number | null;
  readonly actions: MessageMenuActions;
}

function Item({ item, peer, soughtSequence, reached, actions }: ItemProps) {
  switch (item.kind) {
    case "day":
      return <p className={styles["list-day"]}>{formatDay(item.at, Date.now())}</p>;
    case "notice":
      return (
        <p className={styles["list-notice"]} data-sequence={item.message.sequence} data-notice={item.message.notice}>
          {NOTICES[item.message.notice]}
        </p>
      );
    case "timer":
      return (
        <p className={styles["list-notice"]} data-sequence={item.message.sequence} data-notice="timer">
          {timerWording.set(timerWording.who(item.message.direction, peer), item.message.seconds)}
        </p>
      );
    case "missing":
      return (
        <p className={styles["list-missing"]} data-sequence={item.message.sequence} data-state={item.message.state}>
          <MissingIcon />
          {missingSentence(peer, item.message)}
        </p>
      );
    case "text":
      return (
        <Message
          item={item}
          peer={peer}
          isSought={item.message.sequence === soughtSequence}
          isReached={item.message.sequence === reached}
          actions={actions}
        />
      );
  }
}
