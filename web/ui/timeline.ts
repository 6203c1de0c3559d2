/** A conversation as it is drawn: day separators, and messages in runs that belong together. */

import type { MessageView } from "../state/views.ts";
import { localDay } from "./times.ts";

/** Messages of one side that follow each other within this time form a run. */
const RUN_MILLISECONDS = 5 * 60_000;

export type TextMessage = Extract<MessageView, { kind: "text" }>;
export type NoticeMessage = Extract<MessageView, { kind: "notice" }>;
export type TimerNotice = Extract<MessageView, { kind: "timer" }>;
export type MissingMessages = Extract<MessageView, { kind: "missing" }>;

export type TimelineItem =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | { readonly kind: "notice"; readonly key: string; readonly message: NoticeMessage }
  | { readonly kind: "missing"; readonly key: string; readonly message: MissingMessages }
  | { readonly kind: "timer"; readonly key: string; readonly message: TimerNotice }
  | {
      readonly kind: "text";
      readonly key: string;
      readonly message: TextMessage;
      readonly startsRun: boolean;
      readonly endsRun: boolean;
      /** Our newest message: the one whose status is written out. */
      readonly isNewestOwn: boolean;
    };

/** `messages` are in the order in which they are shown. */
export function buildTimeline(messages: readonly MessageView[]): readonly TimelineItem[] {
  const newestOwn = messages.findLast((message) => message.kind === "text" && message.direction === "outgoing");
  return messages.flatMap((message, index): readonly TimelineItem[] => {
    const before = messages[index - 1];
    const after = messages[index + 1];
    const opensDay = before === undefined || localDay(before.at) !== localDay(message.at);
    const day: readonly TimelineItem[] = opensDay
      ? [{ kind: "day", key: `day before ${message.sequence}`, at: message.at }]
      : [];
    const key = String(message.sequence);
    if (message.kind === "notice") return [...day, { kind: "notice", key, message }];
    if (message.kind === "timer") return [...day, { kind: "timer", key, message }];
    if (message.kind === "missing") return [...day, { kind: "missing", key, message }];
    const startsRun = before === undefined || !sameRun(before, message);
    const endsRun = after === undefined || !sameRun(message, after);
    return [...day, { kind: "text", key, message, startsRun, endsRun, isNewestOwn: message === newestOwn }];
  });
}

function sameRun(earlier: MessageView, later: MessageView): boolean {
  return (
    earlier.kind === "text" &&
    later.kind === "text" &&
    earlier.direction === later.direction &&
    Math.abs(later.at - earlier.at) <= RUN_MILLISECONDS &&
    localDay(earlier.at) === localDay(later.at)
  );
}
