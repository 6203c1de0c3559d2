/** The dialogs about one message: its details, deleting it, and forwarding it. */

import { type ReactNode, useEffect, useState } from "react";
import { createMessageActions, type ForwardProblem } from "../state/message-actions.ts";
import { useStore } from "../state/store.ts";
import type { MessageDetails } from "../state/views.ts";
import { useApp, useSession } from "./app-context.ts";
import { Avatar } from "./avatar.tsx";
import controls from "./controls.module.css";
import dialogs from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import styles from "./message-dialogs.module.css";
import { isChangeable } from "./message-menu.tsx";
import type { TextMessage } from "./timeline.ts";
import { formatDay, formatTime } from "./times.ts";
import type { MessageDialog } from "./use-message-actions.ts";
import { wording } from "./wording.ts";
import { forwardProblem, messageWording } from "./wording-messages.ts";

interface MessageDialogsProps {
  readonly peer: string;
  readonly dialog: MessageDialog | null;
  readonly onClose: () => void;
}

export function MessageDialogs({ peer, dialog, onClose }: MessageDialogsProps) {
  switch (dialog?.kind) {
    case undefined:
      return null;
    case "details":
      return <DetailsDialog peer={peer} sequence={dialog.sequence} onClose={onClose} />;
    case "remove":
      return <DeleteDialog peer={peer} message={dialog.message} onClose={onClose} />;
    case "forward":
      return <ForwardDialog peer={peer} message={dialog.message} onClose={onClose} />;
  }
}

interface DetailsDialogProps {
  readonly peer: string;
  readonly sequence: number;
  readonly onClose: () => void;
}

function DetailsDialog({ peer, sequence, onClose }: DetailsDialogProps) {
  const details = useStore(useSession().part(createMessageActions), (actions) => actions.details);
  const [shown, setShown] = useState<MessageDetails | "gone" | null>(null);
  useEffect(() => {
    let active = true;
    void details(peer, sequence).then((answer) => active && setShown(answer ?? "gone"));
    return () => {
      active = false;
    };
  }, [details, peer, sequence]);
  return (
    <Dialog title={messageWording.detailsTitle} onClose={onClose}>
      {(close) => (
        <>
          {shown === "gone" && <p role="alert">{messageWording.detailsGone}</p>}
          {shown !== null && shown !== "gone" && <Details details={shown} />}
          <div className={dialogs["dialog-actions"]}>
            <button type="button" className={controls["button-quiet"]} onClick={close}>
              {wording.close}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Details({ details }: { readonly details: MessageDetails }) {
  const { session, earlierTexts } = details;
  const times = [
    [messageWording.written, details.writtenAt],
    [messageWording.lastEdited, details.editedAt],
    [messageWording.arrived, details.arrivedAt],
    [messageWording.sent, details.sentAt],
    [messageWording.delivered, details.deliveredAt],
    [messageWording.read, details.readAt],
  ] as const;
  return (
    <>
      <dl className={styles["message-facts"]}>
        {times.map(([name, at]) => at !== null && <Fact key={name} name={name} value={<Moment at={at} />} />)}
        {session !== null && (
          <Fact name={messageWording.session} value={messageWording.sessionOf(session.name, session.isPostQuantum)} />
        )}
      </dl>
      {earlierTexts.length > 0 && (
        <section className={styles["message-before"]}>
          <h3>{messageWording.before}</h3>
          <ol>
            {earlierTexts.map(({ text, at }) => (
              <li key={at}>
                <p dir="auto">{text}</p>
                <Moment at={at} />
              </li>
            ))}
          </ol>
        </section>
      )}
    </>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Moment({ at }: { readonly at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()}>
      {formatDay(at, Date.now())}, {formatTime(at)}
    </time>
  );
}

interface AboutMessageProps {
  readonly peer: string;
  readonly message: TextMessage;
  readonly onClose: () => void;
}

function DeleteDialog({ peer, message, onClose }: AboutMessageProps) {
  const change = useStore(useSession().part(createMessageActions), (actions) => actions.change);
  const { sequence, direction, isDeleted } = message;
  const mayForBoth = isChangeable(message, Date.now());
  const isTooLate = direction === "outgoing" && !isDeleted && !mayForBoth;
  return (
    <Dialog title={messageWording.deleteTitle} onClose={onClose}>
      {(close) => {
        const choose = (kind: "delete" | "remove-here") => () => {
          close();
          void change(peer, sequence, { kind });
        };
        return (
          <>
            {mayForBoth && <p className={dialogs["dialog-text"]}>{messageWording.deleteForBothHint(peer)}</p>}
            {isTooLate && <p className={dialogs["dialog-text"]}>{messageWording.tooLateHint}</p>}
            <p className={dialogs["dialog-text"]}>{messageWording.deleteHereHint(peer)}</p>
            <div className={dialogs["dialog-actions"]}>
              {mayForBoth && (
                <button type="button" className={controls["button-danger"]} onClick={choose("delete")}>
                  {messageWording.deleteForBoth}
                </button>
              )}
              <button type="button" className={controls["button-danger"]} onClick={choose("remove-here")}>
                {messageWording.deleteHere}
              </button>
              <button type="button" className={controls["button-quiet"]} onClick={close}>
                {wording.cancel}
              </button>
            </div>
          </>
        );
      }}
    </Dialog>
  );
}

function ForwardDialog({ peer, message, onClose }: AboutMessageProps) {
  const session = useSession();
  const forward = useStore(session.part(createMessageActions), (actions) => actions.forward);
  const openConversation = useStore(useApp().navigation, (navigation) => navigation.openConversation);
  const conversations = useStore(session.account, ({ view }) => view?.conversations ?? []);
  const [problem, setProblem] = useState<ForwardProblem | null>(null);
  const others = conversations.filter((conversation) => conversation.peer !== peer);
  const choose = async (to: string, close: () => void) => {
    const refused = await forward(to, message.text);
    setProblem(refused);
    if (refused !== null) return;
    close();
    openConversation(to);
  };
  return (
    <Dialog title={messageWording.forwardTitle} onClose={onClose}>
      {(close) => (
        <>
          {others.length === 0 && <p>{messageWording.forwardEmpty}</p>}
          <ul className={styles["message-people"]}>
            {others.map(({ peer: to }) => (
              <li key={to}>
                <button type="button" onClick={() => void choose(to, close)}>
                  <Avatar username={to} />
                  {to}
                </button>
              </li>
            ))}
          </ul>
          {problem !== null && (
            <p role="alert" className={controls["field-error"]}>
              {forwardProblem(problem)}
            </p>
          )}
          <div className={dialogs["dialog-actions"]}>
            <button type="button" className={controls["button-quiet"]} onClick={close}>
              {wording.cancel}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}
