/** The account's menu, by the pattern of WAI-ARIA: arrows move, Escape and a click elsewhere close. */

import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { startPath } from "../state/route.ts";
import { useStore } from "../state/store.ts";
import styles from "./account-menu.module.css";
import { useApp } from "./app-context.ts";
import controls from "./controls.module.css";
import { ConnectIcon, HomeIcon, InviteIcon, LockIcon, MenuIcon, RemoveIcon, RenewIcon, SaveIcon } from "./icons.tsx";
import { wording } from "./wording.ts";

export type MenuChoice = "invite" | "connect" | "health" | "backup" | "lock" | "lock-now" | "renew" | "remove";

interface Entry {
  readonly label: string;
  readonly icon: ReactNode;
  readonly choose: () => void;
}

interface AccountMenuProps {
  readonly hasLock: boolean;
  readonly onChoose: (choice: MenuChoice) => void;
}

export function AccountMenu({ hasLock, onChoose }: AccountMenuProps) {
  const go = useStore(useApp().navigation, (navigation) => navigation.go);
  const [isOpen, setIsOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const entries: readonly Entry[] = [
    { label: wording.menu.invite, icon: <InviteIcon />, choose: () => onChoose("invite") },
    { label: wording.menu.connect, icon: <ConnectIcon />, choose: () => onChoose("connect") },
    { label: wording.menu.home, icon: <HomeIcon />, choose: () => go(startPath(null)) },
    { label: wording.menu.health, icon: <LockIcon />, choose: () => onChoose("health") },
    { label: wording.menu.backup, icon: <SaveIcon />, choose: () => onChoose("backup") },
    { label: wording.menu.lock, icon: <LockIcon />, choose: () => onChoose("lock") },
    ...(hasLock ? [{ label: wording.menu.lockNow, icon: <LockIcon />, choose: () => onChoose("lock-now") }] : []),
    { label: wording.menu.renew, icon: <RenewIcon />, choose: () => onChoose("renew") },
    { label: wording.menu.remove, icon: <RemoveIcon />, choose: () => onChoose("remove") },
  ];
  const close = () => {
    setIsOpen(false);
    button.current?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices the focus leaving the menu and its button
    <div
      className={styles["menu-anchor"]}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setIsOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        className={controls["button-icon"]}
        aria-label={wording.menu.button}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <MenuIcon />
      </button>
      {isOpen && <MenuList entries={entries} onClose={close} />}
    </div>
  );
}

interface MenuListProps {
  readonly entries: readonly Entry[];
  readonly onClose: () => void;
}

function MenuList({ entries, onClose }: MenuListProps) {
  const list = useRef<HTMLDivElement>(null);
  const items = () => [...(list.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  useEffect(() => list.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus(), []);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = items();
    const at = document.activeElement instanceof HTMLElement ? all.indexOf(document.activeElement) : -1;
    const targets: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    const target = targets[event.key];
    if (event.key === "Escape") onClose();
    else if (target !== undefined) all.at(target % all.length)?.focus();
    else return;
    event.preventDefault();
  };
  return (
    <div
      ref={list}
      role="menu"
      tabIndex={-1}
      aria-label={wording.menu.button}
      className={styles["menu-list"]}
      onKeyDown={onKeyDown}
    >
      {entries.map(({ label, icon, choose }) => (
        <button
          key={label}
          type="button"
          role="menuitem"
          tabIndex={-1}
          className={styles["menu-item"]}
          onClick={() => {
            onClose();
            choose();
          }}
        >
          {icon}
          {label}
        </button>
      ))}
    </div>
  );
}
