/** An account in use: its conversations beside the open one. On a phone there is room for one of the two. */

import { useState } from "react";
import { useStore } from "../state/store.ts";
import type { Connection } from "../state/views.ts";
import { AccountMenu } from "./account-menu.tsx";
import type { MenuChoice } from "./account-menu-list.tsx";
import { useApp, useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { ConversationList } from "./conversation-list.tsx";
import { CONVERSATION } from "./conversation-part.ts";
import { InviteIcon, SearchIcon, Sign } from "./icons.tsx";
import { DIALOGS, LatePart, useAtRest } from "./late-part.tsx";
import { StartConversation } from "./start-conversation.tsx";
import { type Shortcut, useShortcuts } from "./use-shortcuts.ts";
import { CONNECTION_WORDS, wording } from "./wording.ts";
import styles from "./workspace.module.css";

type OpenDialog = Exclude<MenuChoice, "connect" | "lock-now"> | Shortcut | "search" | null;

export function Workspace() {
  const { username, account } = useSession();
  const { reconnect, lockNow, view } = useStore(account);
  const openPeer = useStore(useApp().navigation, (navigation) => navigation.openPeer);
  const [dialog, setDialog] = useState<OpenDialog>(null);
  const closeDialog = () => setDialog(null);
  useShortcuts(setDialog);
  useAtRest(CONVERSATION);
  useAtRest(DIALOGS);
  const connection = view?.connection ?? "offline";
  const problem = view?.problem ?? null;
  const catchingUp = view?.catchingUp ?? null;
  const unread = (view?.conversations ?? []).reduce((sum, summary) => sum + (summary.isMuted ? 0 : summary.unread), 0);
  const choose = (choice: MenuChoice) => {
    if (choice === "connect") void reconnect();
    else if (choice === "lock-now") void lockNow();
    else setDialog(choice);
  };
  return (
    <div className={styles["workspace-shell"]} data-open={openPeer !== null}>
      <title>{`${unread > 0 ? `(${unread}) ` : ""}${username} · ${wording.brand}`}</title>
      <header className={styles["workspace-bar"]}>
        <Sign className={styles["workspace-sign"]} />
        <h1 className={styles["workspace-name"]}>{username}</h1>
        <ConnectionStatus connection={connection} />
        <button
          type="button"
          className={`${controls["button-icon"]} ${styles["workspace-search"]}`}
          aria-label={wording.workspace.search}
          onClick={() => setDialog("search")}
        >
          <SearchIcon />
        </button>
        <AccountMenu hasLock={view !== null && view.lock !== null} onChoose={choose} />
      </header>
      <main className={styles["workspace-main"]}>
        <div className={styles["workspace-side"]}>
          {problem !== null && (
            <LatePart part={DIALOGS}>{({ ProblemBanner }) => <ProblemBanner problem={problem} />}</LatePart>
          )}
          <StartConversation />
          {catchingUp !== null && (
            <LatePart part={DIALOGS}>{({ CatchingUp }) => <CatchingUp progress={catchingUp} />}</LatePart>
          )}
          <ConversationList conversations={view?.conversations ?? []} />
          {connection === "offline" && <p className={styles["workspace-offline"]}>{wording.workspace.offline}</p>}
        </div>
        <div className={styles["workspace-pane"]}>
          {openPeer === null ? (
            <NothingOpen isNew={view?.conversations.length === 0} onInvite={() => setDialog("invite")} />
          ) : (
            <LatePart part={CONVERSATION}>
              {({ ConversationPane }) => <ConversationPane key={openPeer} peer={openPeer} connection={connection} />}
            </LatePart>
          )}
        </div>
      </main>
      {dialog !== null && (
        <LatePart part={DIALOGS} onClose={closeDialog}>
          {({
            AlertsDialog,
            BackupDialog,
            GoDialog,
            HealthDialog,
            InviteDialog,
            KeysDialog,
            LockDialog,
            PrivacyDialog,
            RemoveDialog,
            RenewDialog,
            SearchDialog,
          }) => (
            <>
              {dialog === "invite" && <InviteDialog username={username} onClose={closeDialog} />}
              {dialog === "go" && <GoDialog onClose={closeDialog} />}
              {dialog === "keys" && <KeysDialog onClose={closeDialog} />}
              {dialog === "health" && <HealthDialog onClose={closeDialog} onBackUp={() => setDialog("backup")} />}
              {dialog === "backup" && <BackupDialog onClose={closeDialog} />}
              {dialog === "alerts" && <AlertsDialog onClose={closeDialog} />}
              {dialog === "lock" && <LockDialog onClose={closeDialog} />}
              {dialog === "privacy" && <PrivacyDialog onClose={closeDialog} />}
              {dialog === "renew" && <RenewDialog onClose={closeDialog} />}
              {dialog === "search" && <SearchDialog onClose={closeDialog} />}
              {dialog === "remove" && <RemoveDialog username={username} onClose={closeDialog} />}
            </>
          )}
        </LatePart>
      )}
    </div>
  );
}

function ConnectionStatus({ connection }: { readonly connection: Connection }) {
  return (
    <div className={styles["workspace-status"]} data-connection={connection}>
      <span role="status" aria-label={wording.workspace.connection}>
        {CONNECTION_WORDS[connection]}
      </span>
    </div>
  );
}

interface NothingOpenProps {
  readonly isNew: boolean;
  readonly onInvite: () => void;
}

function NothingOpen({ isNew, onInvite }: NothingOpenProps) {
  return (
    <div className={styles["workspace-rest"]}>
      <svg className={styles["workspace-hairpin"]} viewBox="0 0 240 60" aria-hidden="true">
        <path d="M4 4 208 30 4 56" />
        <circle cx="226" cy="30" r="3.5" />
      </svg>
      <p className={styles["workspace-rest-hint"]}>
        {isNew ? wording.workspace.firstHint : wording.workspace.nothingOpenHint}
      </p>
      <button type="button" className={controls["button-quiet"]} onClick={onInvite}>
        <InviteIcon />
        {wording.workspace.invite}
      </button>
    </div>
  );
}
