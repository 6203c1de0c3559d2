/** What the account's menu offers. */

import { startPath } from "../state/route.ts";
import { useStore } from "../state/store.ts";
import { useApp } from "./app-context.ts";
import { InviteIcon } from "./icons.tsx";
import { BellIcon, ConnectIcon, EyeIcon, HomeIcon, LockIcon, RemoveIcon, RenewIcon, SaveIcon } from "./late-icons.tsx";
import { Menu, type MenuEntry } from "./menu.tsx";
import { wording } from "./wording.ts";
import { menuWording } from "./wording-dialogs.ts";

export type MenuChoice =
  | "invite"
  | "connect"
  | "health"
  | "backup"
  | "alerts"
  | "privacy"
  | "lock"
  | "lock-now"
  | "renew"
  | "remove";

interface AccountMenuListProps {
  readonly hasLock: boolean;
  readonly onChoose: (choice: MenuChoice) => void;
  readonly onClose: () => void;
}

export function AccountMenuList({ hasLock, onChoose, onClose }: AccountMenuListProps) {
  const go = useStore(useApp().navigation, (navigation) => navigation.go);
  const entries: readonly MenuEntry[] = [
    { label: menuWording.invite, icon: <InviteIcon />, choose: () => onChoose("invite") },
    { label: menuWording.connect, icon: <ConnectIcon />, choose: () => onChoose("connect") },
    { label: menuWording.home, icon: <HomeIcon />, choose: () => go(startPath(null)) },
    { label: menuWording.health, icon: <LockIcon />, choose: () => onChoose("health") },
    { label: menuWording.backup, icon: <SaveIcon />, choose: () => onChoose("backup") },
    { label: menuWording.alerts, icon: <BellIcon />, choose: () => onChoose("alerts") },
    { label: menuWording.privacy, icon: <EyeIcon />, choose: () => onChoose("privacy") },
    { label: menuWording.lock, icon: <LockIcon />, choose: () => onChoose("lock") },
    ...(hasLock ? [{ label: menuWording.lockNow, icon: <LockIcon />, choose: () => onChoose("lock-now") }] : []),
    { label: menuWording.renew, icon: <RenewIcon />, choose: () => onChoose("renew") },
    { label: menuWording.remove, icon: <RemoveIcon />, isDangerous: true, choose: () => onChoose("remove") },
  ];
  return <Menu label={wording.accountMenu} entries={entries} onClose={onClose} />;
}
