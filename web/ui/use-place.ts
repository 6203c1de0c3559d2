/**
 * Keeps the newest message in sight, unless the person scrolled up or looks at a place further back; then what is read
 * keeps still, whatever is added or taken away around it.
 */

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Place } from "../state/conversations.ts";
import type { ConversationView } from "../state/views.ts";

/** How near the bottom, in CSS pixels, still counts as being there. */
const NEAR_BOTTOM = 60;

/** How near an end, in CSS pixels, more is fetched. */
const NEAR_END = 600;

interface PlaceOptions {
  readonly view: ConversationView | null;
  /** What is to be brought into sight, once; null for the newest message. */
  readonly sought: Place | null;
  readonly onEarlier: () => void;
  readonly onLater: () => void;
  readonly onNewest: () => void;
}

interface ShownPlace {
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** Messages came in below what is in sight. */
  readonly hasNewBelow: boolean;
  /** The newest are more than a screen away. */
  readonly isAway: boolean;
  /** Shows the newest message, once the view holds it. */
  readonly showNewest: () => void;
}

/** What is at the top of the sight, and how far from the top. */
interface Anchor {
  readonly element: HTMLElement;
  readonly sequence: string;
  readonly top: number;
}

export function usePlace({ view, sought, onEarlier, onLater, onNewest }: PlaceOptions): ShownPlace {
  const scroller = useRef<HTMLDivElement>(null);
  const atBottom = useRef(sought === null);
  const anchor = useRef<Anchor | null>(null);
  const drawn = useRef({ last: 0, hasLater: false });
  const brought = useRef<Place | null>(null);
  const [hasNewBelow, setHasNewBelow] = useState(false);
  const [isAway, setAway] = useState(false);

  const showBottom = useCallback(() => {
    const element = scroller.current;
    if (element === null) return;
    element.scrollTop = element.scrollHeight;
    atBottom.current = true;
    setHasNewBelow(false);
    setAway(false);
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || view === null) return;
    const newest = view.messages.at(-1);
    const last = newest?.sequence ?? 0;
    const before = drawn.current;
    drawn.current = { last, hasLater: view.hasLater };
    if (sought !== null && brought.current !== sought) {
      if (sought.kind === "message" && bringIntoSight(element, sought.sequence)) {
        brought.current = sought;
        atBottom.current = false;
        anchor.current = anchorOf(element);
        return;
      }
      if (sought.kind === "newest" && !view.hasLater) {
        brought.current = sought;
        return showBottom();
      }
    }
    const hasNew = !before.hasLater && last > before.last;
    const isOwn = newest?.kind === "text" && newest.direction === "outgoing";
    if (!view.hasLater && (atBottom.current || (hasNew && isOwn))) return showBottom();
    hold(element, anchor.current);
    anchor.current = anchorOf(element);
    if (hasNew) setHasNewBelow(true);
  }, [view, sought, showBottom]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const onScroll = () => {
      const below = element.scrollHeight - element.scrollTop - element.clientHeight;
      const hasLater = view?.hasLater === true;
      atBottom.current = !hasLater && below < NEAR_BOTTOM;
      anchor.current = anchorOf(element);
      if (atBottom.current) setHasNewBelow(false);
      setAway(hasLater || below > element.clientHeight);
      if (view?.hasEarlier === true && element.scrollTop < NEAR_END && !atBottom.current) onEarlier();
      else if (hasLater && below < NEAR_END) onLater();
    };
    // A growing box or a phone's keyboard takes room from below.
    const resized = new ResizeObserver(() => {
      if (atBottom.current) showBottom();
    });
    element.addEventListener("scroll", onScroll, { passive: true });
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", onScroll);
      resized.disconnect();
    };
  }, [view, showBottom, onEarlier, onLater]);

  const showNewest = () => {
    // Scrolling down where later ones follow would ask for those.
    if (view?.hasLater === true) onNewest();
    else showBottom();
  };
  return { scroller, hasNewBelow, isAway: isAway || view?.hasLater === true, showNewest };
}

function find(scroller: HTMLElement, sequence: number | string): HTMLElement | null {
  return scroller.querySelector<HTMLElement>(`[data-sequence="${sequence}"]`);
}

/** Shows a message in the middle, with the focus on it; false when it is not there. */
function bringIntoSight(scroller: HTMLElement, sequence: number): boolean {
  const element = find(scroller, sequence);
  element?.scrollIntoView({ block: "center" });
  element?.focus({ preventScroll: true });
  return element !== null;
}

function anchorOf(scroller: HTMLElement): Anchor | null {
  const { top } = scroller.getBoundingClientRect();
  for (const element of scroller.querySelectorAll<HTMLElement>("[data-sequence]")) {
    const at = element.getBoundingClientRect();
    if (at.bottom > top) return { element, sequence: element.dataset["sequence"] ?? "", top: at.top };
  }
  return null;
}

/** Scrolls so that what was at the top of the sight is where it was. */
function hold(scroller: HTMLElement, anchor: Anchor | null): void {
  if (anchor === null) return;
  const element = anchor.element.isConnected ? anchor.element : find(scroller, anchor.sequence);
  if (element !== null) scroller.scrollTop += element.getBoundingClientRect().top - anchor.top;
}
