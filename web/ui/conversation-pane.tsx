/** The open conversation: whom it is with, its messages, and the box to write in. */

import { useEffect, useRef, useState } from "react";
import { useStore } from "../state/store.ts";
import type { Connection } from "../state/views.ts";
import { useApp, useSession } from "./app-context.ts";
import { Avatar } from "./avatar.tsx";
import { Composer } from "./composer.tsx";
import controls from "./controls.module.css";
import { ConversationMenu } from "./conversation-menu.tsx";
import styles from "./conversation-pane.module.css";
import { IdentityButton } from "./identity-mark.tsx";
import { BackIcon, LockIcon, TimerIcon } from "./late-icons.tsx";
import { DIALOGS, LatePart } from "./late-part.tsx";
import { MessageDialogs } from "./message-dialogs.tsx";
import { MessageList } from "./message-list.tsx";
import { RequestBar } from "./request-bar.tsx";
import { TimerDialog } from "./timer-dialog.tsx";
import { useMessageActions } from "./use-message-actions.ts";
import { wording } from "./wording.ts";
import { SENDING_STOPPED } from "./wording-identity.ts";
import { spanInWords, timerWording } from "./wording-timer.ts";

interface ConversationPaneProps {
  readonly peer: string;
  readonly connection: Connection;
}

export function ConversationPane({ peer, connection }: ConversationPaneProps) {
  const close = useStore(useApp().navigation, (navigation) => navigation.closeConversation);
  const { account, conversations } = useSession();
  const stored = useStore(conversations, (state) => state.view);
  const view = stored?.peer === peer ? stored : null;
  const [verifying, setVerifying] = useState(false);
  const [choosingTimer, setChoosingTimer] = useState(false);
  const summary = useStore(account, (state) => state.view?.conversations.find((one) => one.peer === peer) ?? null);
  const isTyping = summary?.isTyping === true;
  const box = useRef<HTMLTextAreaElement>(null);
  const { actions, dialog, closeDialog, announced } = useMessageActions(peer, box);
  const change = view?.identity.kind === "changed" ? view.identity : null;
  const isChanged = change !== null;
  useEffect(() => {
    // The warning goes with the button that had the focus, or that would get it back from the dialog.
    if (!isChanged || !verifying) focusIfNothingIs(box.current);
  }, [isChanged, verifying]);
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
          <h2 className={styles["pane-name"]}>
            {summary !== null && summary.givenName !== null && <bdi>{summary.givenName} · </bdi>}
            {peer}
          </h2>
          <div className={styles["pane-trust"]}>
            <p className={styles["pane-sealed"]}>
              <LockIcon />
              {wording.conversation.sealed}
            </p>
            {view !== null && view.timer !== null && (
              <TimerButton timer={view.timer} onOpen={() => setChoosingTimer(true)} />
            )}
            <IdentityButton kind={view?.identity.kind ?? "unknown"} onOpen={() => setVerifying(true)} />
          </div>
        </div>
        {summary !== null && <ConversationMenu summary={summary} onTimer={() => setChoosingTimer(true)} />}
      </header>
      <MessageList peer={peer} view={view} actions={actions} />
      <p role="status" className="visually-hidden">
        {announced}
      </p>
      <p className={styles["pane-typing"]} data-shown={isTyping}>
        {isTyping && wording.conversation.typing(peer)}
      </p>
      {connection === "offline" && <p className={styles["pane-offline"]}>{wording.workspace.offline}</p>}
      {change !== null && (
        <LatePart part={DIALOGS}>
          {({ KeyChange }) => (
            <KeyChange key={change.change} peer={peer} identity={change} onCompare={() => setVerifying(true)} />
          )}
        </LatePart>
      )}
      {summary !== null && <RequestBar summary={summary} />}
      {summary?.isBlocked !== true && (
        <Composer peer={peer} box={box} stopped={isChanged ? SENDING_STOPPED(peer) : null} />
      )}
      {choosingTimer && view !== null && (
        <TimerDialog peer={peer} timer={view.timer} onClose={() => setChoosingTimer(false)} />
      )}
      <MessageDialogs peer={peer} dialog={dialog} onClose={closeDialog} />
      {verifying && (
        <LatePart part={DIALOGS} onClose={() => setVerifying(false)}>
          {({ VerifyDialog }) => <VerifyDialog peer={peer} onClose={() => setVerifying(false)} />}
        </LatePart>
      )}
    </section>
  );
}

interface TimerButtonProps {
  readonly timer: number;
  readonly onOpen: () => void;
}

function TimerButton({ timer, onOpen }: TimerButtonProps) {
  return (
    <button
      type="button"
      className={styles["pane-timer"]}
      aria-label={timerWording.button(timer)}
      title={timerWording.button(timer)}
      onClick={onOpen}
    >
      <TimerIcon />
      {spanInWords(timer)}
    </button>
  );
}

function focusIfNothingIs(element: HTMLElement | null): void {
  if (document.activeElement === document.body) element?.focus();
}
