/** The box to write in, a message or another text of one that is there. Enter sends, Shift+Enter breaks the line. */

import { type FormEvent, type KeyboardEvent, type RefObject, useEffect, useId } from "react";
import { createMessageActions } from "../state/message-actions.ts";
import { useStore } from "../state/store.ts";
import { useApp, useSession } from "./app-context.ts";
import styles from "./composer.module.css";
import { ComposerBar } from "./composer-bar.tsx";
import { SendIcon } from "./late-icons.tsx";
import { DIALOGS, LatePart } from "./late-part.tsx";
import { wording } from "./wording.ts";
import { messageWording } from "./wording-messages.ts";

interface ComposerProps {
  readonly peer: string;
  readonly box: RefObject<HTMLTextAreaElement | null>;
  /** Why nothing can be sent now; null when it can. Writing goes on. */
  readonly stopped: string | null;
}

/** What the box holds, and what comes of it. */
function useComposed(peer: string) {
  const { conversations, part } = useSession();
  const { write, send, answer, keepDrafts } = conversations.getState();
  const draft = useStore(conversations, ({ drafts }) => drafts.get(peer) ?? "");
  const answered = useStore(conversations, ({ answers }) => answers.get(peer) ?? null);
  const { editing: anyEditing, edit, saveEdit, noteTyping, endTyping } = useStore(part(createMessageActions));
  const editing = anyEditing?.peer === peer ? anyEditing : null;
  return {
    text: editing?.text ?? draft,
    answered,
    isEditing: editing !== null,
    type(text: string) {
      if (text !== "") noteTyping(peer);
      if (editing === null) write(peer, text);
      else edit({ ...editing, text });
    },
    submit() {
      endTyping();
      void (editing === null ? send(peer) : saveEdit());
    },
    leave: () => (editing === null ? answer(peer, null) : edit(null)),
    keepDrafts,
  };
}

export function Composer({ peer, box, stopped }: ComposerProps) {
  const { navigation } = useApp();
  const composed = useComposed(peer);
  const { text, answered, isEditing } = composed;
  const problem = useStore(useSession().conversations, ({ sendProblems }) => sendProblems.get(peer));
  const id = useId();
  useEffect(() => {
    box.current?.focus();
    return navigation.subscribe(({ choices }, before) => {
      if (choices !== before.choices) box.current?.focus();
    });
  }, [navigation, box]);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    box.current?.focus();
    if (stopped === null) composed.submit();
  };
  const leave = () => {
    composed.leave();
    box.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, its keys are not ours; Safari tells by the key code alone.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape" && (isEditing || answered !== null)) leave();
    else if (event.key === "Enter" && !event.shiftKey) submit();
    else return;
    event.preventDefault();
  };
  return (
    <form className={styles["composer-form"]} onSubmit={submit}>
      <ComposerBar peer={peer} answered={answered} isEditing={isEditing} onLeave={leave} />
      {problem !== undefined && (
        <LatePart part={DIALOGS}>{({ SendRefusal }) => <SendRefusal id={`${id}-alert`} problem={problem} />}</LatePart>
      )}
      {stopped !== null && (
        <p id={`${id}-stopped`} className={styles["composer-stopped"]}>
          {stopped}
        </p>
      )}
      <div className={styles["composer-row"]}>
        <div className={styles["composer-grow"]} data-draft={text}>
          <textarea
            ref={box}
            className={styles["composer-box"]}
            value={text}
            onChange={(event) => composed.type(event.target.value)}
            onKeyDown={onKeyDown}
            onBlur={composed.keepDrafts}
            rows={1}
            dir="auto"
            placeholder={wording.conversation.placeholder(peer)}
            aria-label={wording.conversation.message}
            aria-invalid={problem !== undefined}
            aria-describedby={`${id}-alert ${id}-stopped`}
          />
        </div>
        <button
          type="submit"
          className={styles["composer-send"]}
          data-idle={text.trim() === ""}
          aria-disabled={stopped !== null}
          aria-describedby={`${id}-stopped`}
          aria-label={isEditing ? messageWording.save : wording.conversation.send}
        >
          <SendIcon />
        </button>
      </div>
    </form>
  );
}
