/** A link within the page, which the router follows without loading anything. */

import type { MouseEvent, ReactNode } from "react";
import { useStore } from "../state/store.ts";
import { useApp } from "./app-context.ts";

interface LinkProps {
  readonly to: string;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

export function Link({ to, className, children }: LinkProps) {
  const go = useStore(useApp().navigation, (navigation) => navigation.go);
  const follow = (event: MouseEvent) => {
    // Whatever asks for another tab or window is the browser's to follow.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} className={className} onClick={follow}>
      {children}
    </a>
  );
}
