/** The box to write in. Enter sends, Shift+Enter breaks the line. */

import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef } from "react";
import { useStore } from "../state/store.ts";
import { useSession } from "./app-context.ts";
import styles from "./composer.module.css";
import controls from "./controls.module.css";
import { SendIcon } from "./icons.tsx";
import { SEND_PROBLEMS, wording } from "./wording.ts";

export function Composer({ peer }: { readonly peer: string }) {
  const { conversations } = useSession();
  const { write, send } = conversations.getState();
  const draft = useStore(conversations, ({ drafts }) => drafts.get(peer) ?? "");
  const problem = useStore(conversations, ({ sendProblems }) => sendProblems.get(peer));
  const box = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  useEffect(() => box.current?.focus(), []);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    box.current?.focus();
    void send(peer);
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
        <p id={`${id}-alert`} role="alert" className={controls["field-error"]}>
          {SEND_PROBLEMS[problem]}
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
            rows={1}
            dir="auto"
            placeholder={wording.conversation.placeholder(peer)}
            aria-label={wording.conversation.message}
            aria-invalid={problem !== undefined}
            aria-describedby={`${id}-alert`}
          />
        </div>
        <button
          type="submit"
          className={styles["composer-send"]}
          data-idle={draft.trim() === ""}
          aria-label={wording.conversation.send}
        >
          <SendIcon />
        </button>
      </div>
    </form>
  );
}
