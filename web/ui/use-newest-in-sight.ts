/** Keeps the newest message in sight, unless the person scrolled up; then the place that is read keeps still. */

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { MessageView } from "../state/views.ts";

/** How near the bottom, in CSS pixels, still counts as being there. */
const NEAR_BOTTOM = 60;

interface NewestInSight {
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** Messages came in below what is in sight. */
  readonly hasNewBelow: boolean;
  readonly showNewest: () => void;
}

export function useNewestInSight(messages: readonly MessageView[]): NewestInSight {
  const scroller = useRef<HTMLDivElement>(null);
  const atBottom = useRef(true);
  const drawn = useRef({ first: 0, last: 0, height: 0 });
  const [hasNewBelow, setHasNewBelow] = useState(false);

  const showNewest = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    element.scrollTop = element.scrollHeight;
    atBottom.current = true;
    setHasNewBelow(false);
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    const first = messages[0]?.sequence ?? 0;
    const newest = messages.at(-1);
    const last = newest?.sequence ?? 0;
    if (element === null) return;
    const before = drawn.current;
    drawn.current = { first, last, height: element.scrollHeight };
    const hasNew = last > before.last;
    const isOwn = newest?.kind === "text" && newest.direction === "outgoing";
    if (atBottom.current || (hasNew && isOwn)) showNewest();
    else if (first < before.first) element.scrollTop += element.scrollHeight - before.height;
    else if (hasNew) setHasNewBelow(true);
  }, [messages, showNewest]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onScroll = () => {
      atBottom.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_BOTTOM;
      if (atBottom.current) setHasNewBelow(false);
    };
    // A growing box or a phone's keyboard takes room from below.
    const resized = new ResizeObserver(() => {
      if (atBottom.current) showNewest();
    });
    element.addEventListener("scroll", onScroll, { passive: true });
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", onScroll);
      resized.disconnect();
    };
  }, [showNewest]);

  return { scroller, hasNewBelow, showNewest };
}
