/** What can be done to one message, behind a button on it. */

import { useRef, useState } from "react";
import controls from "./controls.module.css";
import { CopyIcon, DetailsIcon, EditIcon, ForwardIcon, MoreIcon, RemoveIcon, ReplyIcon } from "./late-icons.tsx";
import { Menu, type MenuEntry } from "./menu.tsx";
import styles from "./message.module.css";
import type { TextMessage } from "./timeline.ts";
import { messageWording, QUICK_REACTIONS } from "./wording-messages.ts";

/** For so long a message can be edited, and deleted for both, in milliseconds; the engine says no after that. */
const CHANGE_PATIENCE_MS = 24 * 60 * 60 * 1000;

export interface MessageMenuActions {
  readonly reply: (message: TextMessage) => void;
  readonly react: (sequence: number, emoji: string | null) => void;
  readonly copy: (text: string) => void;
  readonly forward: (message: TextMessage) => void;
  readonly edit: (message: TextMessage) => void;
  readonly showDetails: (sequence: number) => void;
  readonly remove: (message: TextMessage) => void;
  readonly go: (sequence: number) => void;
}

/** Whether the person may still edit it, and delete it for both. */
export function isChangeable({ direction, at, isDeleted }: TextMessage, now: number): boolean {
  return direction === "outgoing" && !isDeleted && now - at <= CHANGE_PATIENCE_MS;
}

interface MessageMenuProps {
  readonly message: TextMessage;
  readonly isReached: boolean;
  readonly actions: MessageMenuActions;
}

export function MessageMenu({ message, isReached, actions }: MessageMenuProps) {
  const [isOpen, setIsOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setIsOpen(false);
    button.current?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices the focus leaving the menu and its button
    <div
      className={styles["message-menu"]}
      data-open={isOpen}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setIsOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        className={`${controls["button-icon"]} ${styles["message-more"]}`}
        tabIndex={isReached ? 0 : -1}
        data-message-menu="true"
        aria-label={messageWording.actions}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <MoreIcon />
      </button>
      {isOpen && (
        <Menu
          label={messageWording.actions}
          row={message.isDeleted ? [] : reactionsFor(message, actions)}
          entries={entriesFor(message, actions)}
          onClose={close}
        />
      )}
    </div>
  );
}

function reactionsFor({ sequence, reactions }: TextMessage, { react }: MessageMenuActions) {
  return QUICK_REACTIONS.map((emoji) => {
    const isOurs = reactions.ours === emoji;
    return {
      label: isOurs ? messageWording.takeBack(emoji) : messageWording.react(emoji),
      shown: emoji,
      choose: () => react(sequence, isOurs ? null : emoji),
    };
  });
}

function entriesFor(message: TextMessage, actions: MessageMenuActions): readonly MenuEntry[] {
  const { sequence, text, isDeleted } = message;
  const details = {
    label: messageWording.details,
    icon: <DetailsIcon />,
    choose: () => actions.showDetails(sequence),
  };
  const remove = {
    label: messageWording.delete,
    icon: <RemoveIcon />,
    isDangerous: true,
    choose: () => actions.remove(message),
  };
  if (isDeleted) return [details, remove];
  return [
    { label: messageWording.reply, icon: <ReplyIcon />, choose: () => actions.reply(message) },
    { label: messageWording.copy, icon: <CopyIcon />, choose: () => actions.copy(text) },
    { label: messageWording.forward, icon: <ForwardIcon />, choose: () => actions.forward(message) },
    ...(isChangeable(message, Date.now())
      ? [{ label: messageWording.edit, icon: <EditIcon />, choose: () => actions.edit(message) }]
      : []),
    details,
    remove,
  ];
}
