/** The open conversation: whom it is with, its messages, and the box to write in. */

import { useStore } from "../state/store.ts";
import type { Connection } from "../state/views.ts";
import { useApp, useSession } from "./app-context.ts";
import { Avatar } from "./avatar.tsx";
import { Composer } from "./composer.tsx";
import controls from "./controls.module.css";
import styles from "./conversation-pane.module.css";
import { BackIcon, LockIcon } from "./icons.tsx";
import { MessageList } from "./message-list.tsx";
import { wording } from "./wording.ts";

interface ConversationPaneProps {
  readonly peer: string;
  readonly connection: Connection;
}

export function ConversationPane({ peer, connection }: ConversationPaneProps) {
  const close = useStore(useApp().navigation, (navigation) => navigation.closeConversation);
  const { conversations } = useSession();
  const view = useStore(conversations, (state) => state.view);
  const showEarlier = useStore(conversations, (state) => state.showEarlier);
  return (
    <section className={styles["pane-column"]}>
      <header className={styles["pane-bar"]}>
        <button
          type="button"
          className={`${controls["button-icon"]} ${styles["pane-back"]}`}
          onClick={close}
          aria-label={wording.conversation.back}
        >
          <BackIcon />
        </button>
        <Avatar username={peer} />
        <div className={styles["pane-who"]}>
          <h2 className={styles["pane-name"]}>{peer}</h2>
          <p className={styles["pane-sealed"]}>
            <LockIcon />
            {wording.conversation.sealed}
          </p>
        </div>
      </header>
      <MessageList peer={peer} view={view?.peer === peer ? view : null} onShowEarlier={showEarlier} />
      {connection === "offline" && <p className={styles["pane-offline"]}>{wording.workspace.offline}</p>}
      <Composer peer={peer} />
    </section>
  );
}
