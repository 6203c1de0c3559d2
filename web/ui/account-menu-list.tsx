/** The account's menu, by the pattern of WAI-ARIA: arrows move, Escape and a click elsewhere close. */

import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { startPath } from "../state/route.ts";
import { useStore } from "../state/store.ts";
import styles from "./account-menu.module.css";
import { useApp } from "./app-context.ts";
import { InviteIcon, LockIcon } from "./icons.tsx";
import { BellIcon, ConnectIcon, HomeIcon, RemoveIcon, RenewIcon, SaveIcon } from "./late-icons.tsx";
import { wording } from "./wording.ts";
import { menuWording } from "./wording-dialogs.ts";

export type MenuChoice =
  | "invite"
  | "connect"
  | "health"
  | "backup"
  | "alerts"
  | "lock"
  | "lock-now"
  | "renew"
  | "remove";

interface Entry {
  readonly label: string;
  readonly icon: ReactNode;
  readonly choose: () => void;
}

interface AccountMenuListProps {
  readonly hasLock: boolean;
  readonly onChoose: (choice: MenuChoice) => void;
  readonly onClose: () => void;
}

export function AccountMenuList({ hasLock, onChoose, onClose }: AccountMenuListProps) {
  const go = useStore(useApp().navigation, (navigation) => navigation.go);
  const entries: readonly Entry[] = [
    { label: menuWording.invite, icon: <InviteIcon />, choose: () => onChoose("invite") },
    { label: menuWording.connect, icon: <ConnectIcon />, choose: () => onChoose("connect") },
    { label: menuWording.home, icon: <HomeIcon />, choose: () => go(startPath(null)) },
    { label: menuWording.health, icon: <LockIcon />, choose: () => onChoose("health") },
    { label: menuWording.backup, icon: <SaveIcon />, choose: () => onChoose("backup") },
    { label: menuWording.alerts, icon: <BellIcon />, choose: () => onChoose("alerts") },
    { label: menuWording.lock, icon: <LockIcon />, choose: () => onChoose("lock") },
    ...(hasLock ? [{ label: menuWording.lockNow, icon: <LockIcon />, choose: () => onChoose("lock-now") }] : []),
    { label: menuWording.renew, icon: <RenewIcon />, choose: () => onChoose("renew") },
    { label: menuWording.remove, icon: <RemoveIcon />, choose: () => onChoose("remove") },
  ];

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
      aria-label={wording.accountMenu}
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
