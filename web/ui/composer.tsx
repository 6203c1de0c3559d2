/** The box to write in. Enter sends, Shift+Enter breaks the line. */

import { type FormEvent, type KeyboardEvent, type RefObject, useEffect, useId } from "react";
import { useStore } from "../state/store.ts";
import { useApp, useSession } from "./app-context.ts";
import styles from "./composer.module.css";
import { SendIcon } from "./icons.tsx";
import { DIALOGS, LatePart } from "./late-part.tsx";
import { wording } from "./wording.ts";

interface ComposerProps {
  readonly peer: string;
  readonly box: RefObject<HTMLTextAreaElement | null>;
  /** Why nothing can be sent now; null when it can. Writing goes on. */
  readonly stopped: string | null;
}

export function Composer({ peer, box, stopped }: ComposerProps) {
  const { navigation } = useApp();
  const { conversations } = useSession();
  const { write, send, keepDrafts } = conversations.getState();
  const draft = useStore(conversations, ({ drafts }) => drafts.get(peer) ?? "");
  const problem = useStore(conversations, ({ sendProblems }) => sendProblems.get(peer));
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
    if (stopped === null) void send(peer);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter accepts its suggestion; Safari tells by the key code alone.
    const composes = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composes) return;
    event.preventDefault();
    submit();
  };
  return (
    <form className={styles["composer-form"]} onSubmit={submit}>
      {problem !== undefined && (
        <LatePart part={DIALOGS}>{({ SendRefusal }) => <SendRefusal id={`${id}-alert`} problem={problem} />}</LatePart>
      )}
      {stopped !== null && (
        <p id={`${id}-stopped`} className={styles["composer-stopped"]}>
          {stopped}
        </p>
      )}
      <div className={styles["composer-row"]}>
        <div className={styles["composer-grow"]} data-draft={draft}>
          <textarea
            ref={box}
            className={styles["composer-box"]}
            value={draft}
            onChange={(event) => write(peer, event.target.value)}
            onKeyDown={onKeyDown}
            onBlur={keepDrafts}
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
          data-idle={draft.trim() === ""}
          aria-disabled={stopped !== null}
          aria-describedby={`${id}-stopped`}
          aria-label={wording.conversation.send}
        >
          <SendIcon />
        </button>
      </div>
    </form>
  );
}
