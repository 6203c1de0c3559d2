/** What can be done with the open conversation as a whole, behind a button in its bar. */

import { useRef, useState } from "react";
import { createConversationSettings } from "../state/conversation-settings.ts";
import { useStore } from "../state/store.ts";
import type { ConversationSummary } from "../state/views.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { type ConversationDialog, ConversationDialogs } from "./conversation-dialogs.tsx";
import { ArchiveIcon, BellIcon, BlockIcon, EditIcon, MoreIcon, PinIcon, RemoveIcon, TimerIcon } from "./late-icons.tsx";
import { Menu, type MenuEntry } from "./menu.tsx";
import { conversationWording } from "./wording-conversation.ts";
import { timerWording } from "./wording-timer.ts";

interface ConversationMenuProps {
  readonly summary: ConversationSummary;
  readonly onTimer: () => void;
}

export function ConversationMenu({ summary, onTimer }: ConversationMenuProps) {
  const { peer, isMuted, isPinned, isArchived, isBlocked } = summary;
  const change = useStore(useSession().part(createConversationSettings), (settings) => settings.change);
  const [isOpen, setIsOpen] = useState(false);
  const [dialog, setDialog] = useState<ConversationDialog | null>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => {
    setIsOpen(false);
    button.current?.focus();
  };
  const set = (kind: "mute" | "pin" | "archive", on: boolean) => () => void change(peer, { kind, on });
  const entries: readonly MenuEntry[] = [
    {
      label: isMuted ? conversationWording.unmute : conversationWording.mute,
      icon: <BellIcon />,
      choose: set("mute", !isMuted),
    },
    {
      label: isPinned ? conversationWording.unpin : conversationWording.pin,
      icon: <PinIcon />,
      choose: set("pin", !isPinned),
    },
    {
      label: isArchived ? conversationWording.unarchive : conversationWording.archive,
      icon: <ArchiveIcon />,
      choose: set("archive", !isArchived),
    },
    { label: conversationWording.rename, icon: <EditIcon />, choose: () => setDialog("rename") },
    { label: timerWording.title, icon: <TimerIcon />, choose: onTimer },
    isBlocked
      ? {
          label: conversationWording.unblock,
          icon: <BlockIcon />,
          choose: () => void change(peer, { kind: "block", on: false }),
        }
      : { label: conversationWording.block, icon: <BlockIcon />, isDangerous: true, choose: () => setDialog("block") },
    {
      label: conversationWording.delete,
      icon: <RemoveIcon />,
      isDangerous: true,
      choose: () => setDialog("delete"),
    },
  ];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notices the focus leaving the menu and its button
    <div
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setIsOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        className={controls["button-icon"]}
        aria-label={conversationWording.menu}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setIsOpen(!isOpen)}
      >
        <MoreIcon />
      </button>
      {isOpen && <Menu label={conversationWording.menu} entries={entries} onClose={close} />}
      <ConversationDialogs summary={summary} dialog={dialog} onClose={() => setDialog(null)} />
    </div>
  );
}
