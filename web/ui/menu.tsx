/** A menu by the pattern of WAI-ARIA: arrows move, Escape and Tab close it, and it begins with the focus on its first item. */

import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from "react";
import styles from "./menu.module.css";

export interface MenuEntry {
  readonly label: string;
  readonly icon: ReactNode;
  readonly isDangerous?: boolean;
  readonly choose: () => void;
}

interface MenuProps {
  readonly label: string;
  readonly entries: readonly MenuEntry[];
  /** Items in a row above the others, each with its name and what is shown of it. */
  readonly row?: readonly { readonly label: string; readonly shown: string; readonly choose: () => void }[];
  readonly onClose: () => void;
}

export function Menu({ label, entries, row = [], onClose }: MenuProps) {
  const list = useRef<HTMLDivElement>(null);
  const items = () => [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  useLayoutEffect(() => {
    if (list.current !== null) place(list.current);
    list.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus({ preventScroll: true });
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = items();
    const at = document.activeElement instanceof HTMLElement ? all.indexOf(document.activeElement) : -1;
    const targets: Readonly<Record<string, number>> = {
      ArrowDown: at < row.length ? Math.max(row.length, at + 1) : at + 1,
      ArrowUp: at - 1,
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: -1,
    };
    const target = targets[event.key];
    if (event.key === "Escape" || event.key === "Tab") onClose();
    else if (target !== undefined) all.at(target % all.length)?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const chosen = (choose: () => void) => () => {
    onClose();
    choose();
  };
  return (
    <div ref={list} role="menu" tabIndex={-1} aria-label={label} className={styles["menu-list"]} onKeyDown={onKeyDown}>
      {row.length > 0 && (
        <div className={styles["menu-row"]} role="presentation">
          {row.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={styles["menu-short"]}
              aria-label={item.label}
              title={item.label}
              onClick={chosen(item.choose)}
            >
              {item.shown}
            </button>
          ))}
        </div>
      )}
      {entries.map(({ label: name, icon, isDangerous = false, choose }) => (
        <button
          key={name}
          type="button"
          role="menuitem"
          tabIndex={-1}
          className={styles["menu-item"]}
          data-dangerous={isDangerous}
          onClick={chosen(choose)}
        >
          {icon}
          {name}
        </button>
      ))}
    </div>
  );
}

/** Between the menu and its button, and the edges of the screen, in CSS pixels. */
const GAP = 6;

/** Below what holds it, or above where there is more room, and within the screen in any case. */
function place(list: HTMLElement): void {
  const anchor = list.parentElement?.getBoundingClientRect();
  if (anchor === undefined) return;
  const { offsetWidth: width, offsetHeight: height } = list;
  const isBelow = anchor.bottom + GAP + height <= window.innerHeight - GAP || anchor.top < window.innerHeight / 2;
  const top = isBelow ? anchor.bottom + GAP : anchor.top - GAP - height;
  const left = anchor.left < window.innerWidth / 2 ? anchor.left : anchor.right - width;
  list.style.top = `${within(top, window.innerHeight - height)}px`;
  list.style.left = `${within(left, window.innerWidth - width)}px`;
}

function within(value: number, room: number): number {
  return Math.max(GAP, Math.min(value, room - GAP));
}
