/** Starting a conversation by the other's username; an invitation comes filled in. */

import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { useStore } from "../state/store.ts";
import { useApp, useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { CONVERSATION } from "./conversation-part.ts";
import { DIALOGS, LatePart } from "./late-part.tsx";
import styles from "./start-conversation.module.css";
import { wording } from "./wording.ts";

export function StartConversation() {
  const { navigation, startConversation } = useApp();
  const { starting, startRefusal, clearStartRefusal } = useStore(useSession().account);
  const [username, setUsername] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const invite = useStore(navigation, ({ route }) => (route.kind === "account" ? route.invite : null));
  const id = useId();
  useEffect(() => {
    if (invite === null) return;
    setUsername(invite);
    field.current?.focus();
  }, [invite]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    CONVERSATION.fetchAhead();
    void startConversation(username).then((started) => started && setUsername(""));
  };
  return (
    <form className={styles["start-with"]} onSubmit={submit} noValidate>
      <label className={controls["field-label"]} htmlFor={id}>
        {wording.workspace.startLabel}
      </label>
      <div className={controls["field-row"]}>
        <input
          id={id}
          ref={field}
          className={controls["field-box"]}
          value={username}
          onChange={(event) => {
            setUsername(event.target.value);
            if (startRefusal !== null) clearStartRefusal();
          }}
          placeholder={wording.workspace.startPlaceholder}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          aria-invalid={startRefusal !== null}
          aria-describedby={`${id}-alert`}
        />
        <button className={controls["button-quiet"]} type="submit" aria-disabled={starting !== null}>
          {wording.workspace.start}
        </button>
      </div>
      {startRefusal !== null && (
        <LatePart part={DIALOGS}>
          {({ StartRefusal }) => <StartRefusal id={`${id}-alert`} refusal={startRefusal} />}
        </LatePart>
      )}
    </form>
  );
}
