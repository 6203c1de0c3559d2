/** The dialogs about a conversation as a whole: another name, blocking, deleting. */

import { type FormEvent, useId, useState } from "react";
import { createConversationSettings } from "../state/conversation-settings.ts";
import { useStore } from "../state/store.ts";
import type { ConversationSummary } from "../state/views.ts";
import { useApp, useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { wording } from "./wording.ts";
import { conversationWording } from "./wording-conversation.ts";

export type ConversationDialog = "rename" | "block" | "delete";

interface ConversationDialogsProps {
  readonly summary: ConversationSummary;
  readonly dialog: ConversationDialog | null;
  readonly onClose: () => void;
}

export function ConversationDialogs({ summary, dialog, onClose }: ConversationDialogsProps) {
  const { peer } = summary;
  switch (dialog) {
    case null:
      return null;
    case "rename":
      return <RenameDialog summary={summary} onClose={onClose} />;
    case "block":
      return <BlockDialog peer={peer} onClose={onClose} />;
    case "delete":
      return <DeleteDialog peer={peer} onClose={onClose} />;
  }
}

function RenameDialog({ summary: { peer, givenName }, onClose }: Omit<ConversationDialogsProps, "dialog">) {
  const change = useStore(useSession().part(createConversationSettings), (settings) => settings.change);
  const [name, setName] = useState(givenName ?? "");
  const id = useId();
  return (
    <Dialog title={conversationWording.renameTitle(peer)} onClose={onClose}>
      {(close) => {
        const submit = (event: FormEvent) => {
          event.preventDefault();
          close();
          void change(peer, { kind: "rename", name });
        };
        return (
          <form onSubmit={submit}>
            <label className={controls["field-label"]} htmlFor={id}>
              {conversationWording.renameLabel}
            </label>
            <input
              id={id}
              className={controls["field-box"]}
              value={name}
              onChange={(event) => setName(event.target.value)}
              maxLength={64}
              dir="auto"
              autoComplete="off"
              aria-describedby={`${id}-hint`}
            />
            <p id={`${id}-hint`} className={controls["field-hint"]}>
              {conversationWording.renameHint}
            </p>
            <div className={styles["dialog-actions"]}>
              <button type="submit" className={controls["button-solid"]}>
                {conversationWording.save}
              </button>
              <button type="button" className={controls["button-quiet"]} onClick={close}>
                {wording.cancel}
              </button>
            </div>
          </form>
        );
      }}
    </Dialog>
  );
}

interface AboutPersonProps {
  readonly peer: string;
  readonly onClose: () => void;
}

function BlockDialog({ peer, onClose }: AboutPersonProps) {
  const change = useStore(useSession().part(createConversationSettings), (settings) => settings.change);
  return (
    <Dialog title={conversationWording.blockTitle(peer)} onClose={onClose}>
      {(close) => (
        <>
          <p className={styles["dialog-text"]}>{conversationWording.blockHint}</p>
          <div className={styles["dialog-actions"]}>
            <button
              type="button"
              className={controls["button-danger"]}
              onClick={() => {
                close();
                void change(peer, { kind: "block", on: true });
              }}
            >
              {conversationWording.block}
            </button>
            <button type="button" className={controls["button-quiet"]} onClick={close}>
              {wording.cancel}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function DeleteDialog({ peer, onClose }: AboutPersonProps) {
  const remove = useStore(useSession().part(createConversationSettings), (settings) => settings.remove);
  const closeConversation = useStore(useApp().navigation, (navigation) => navigation.closeConversation);
  return (
    <Dialog title={conversationWording.deleteTitle(peer)} onClose={onClose}>
      {(close) => (
        <>
          <p className={styles["dialog-text"]}>{conversationWording.deleteHint(peer)}</p>
          <div className={styles["dialog-actions"]}>
            <button
              type="button"
              className={controls["button-danger"]}
              onClick={() => {
                close();
                void remove(peer).then((isRemoved) => isRemoved && closeConversation());
              }}
            >
              {conversationWording.delete}
            </button>
            <button type="button" className={controls["button-quiet"]} onClick={close}>
              {wording.cancel}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}
