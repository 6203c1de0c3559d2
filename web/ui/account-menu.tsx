/** The button of the account's menu; what it opens is loaded after the page (account-menu-list.tsx). */

import { useRef, useState } from "react";
import type { MenuChoice } from "./account-menu-list.tsx";
import controls from "./controls.module.css";
import { MenuIcon } from "./icons.tsx";
import { DIALOGS, LatePart } from "./late-part.tsx";
import styles from "./menu.module.css";
import { wording } from "./wording.ts";

interface AccountMenuProps {
  readonly hasLock: boolean;
  readonly onChoose: (choice: MenuChoice) => void;
}

export function AccountMenu({ hasLock, onChoose }: AccountMenuProps) {
  const [isOpen, setIsOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
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
        aria-label={wording.accountMenu}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <MenuIcon />
      </button>
      {isOpen && (
        <LatePart part={DIALOGS} onClose={close}>
          {({ AccountMenuList }) => <AccountMenuList hasLock={hasLock} onChoose={onChoose} onClose={close} />}
        </LatePart>
      )}
    </div>
  );
}
