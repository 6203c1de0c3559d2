/** Removing an account from this device: what is lost, and the name typed out as consent. */

import { type FormEvent, useId, useState } from "react";
import type { Deletion } from "../state/account.ts";
import { useStore } from "../state/store.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { wording } from "./wording.ts";
import { deletionSentence, dialogWording } from "./wording-dialogs.ts";

interface RemoveDialogProps {
  readonly username: string;
  /** It cannot be opened, so that there is no key to ask the relay with. */
  readonly isShut?: boolean;
  readonly onClose: () => void;
}

export function RemoveDialog({ username, isShut = false, onClose }: RemoveDialogProps) {
  const { remove, deleteEverywhere } = useStore(useSession().account);
  const [everywhere, setEverywhere] = useState(false);
  const [deletion, setDeletion] = useState<Deletion | null>(null);
  const [typed, setTyped] = useState("");
  const [removing, setRemoving] = useState(false);
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed !== username || removing) return;
    setRemoving(true);
    setDeletion(null);
    const ended = everywhere ? deleteEverywhere().then(setDeletion) : remove();
    void ended.finally(() => setRemoving(false));
  };
  return (
    <Dialog title={dialogWording.remove.title(username)} onClose={onClose}>
      {(close) => (
        <form className={styles["dialog-form"]} onSubmit={submit}>
          <ul className={styles["dialog-losses"]}>
            {dialogWording.remove.losses(everywhere).map((loss) => (
              <li key={loss}>{loss}</li>
            ))}
          </ul>
          {!isShut && (
            <label className={styles["dialog-choice"]}>
              <input type="checkbox" checked={everywhere} onChange={(event) => setEverywhere(event.target.checked)} />
              {dialogWording.remove.everywhere}
            </label>
          )}
          <div>
            <label className={controls["field-label"]} htmlFor={id}>
              {dialogWording.remove.confirmLabel(username)}
            </label>
            <input
              id={id}
              className={controls["field-box"]}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
            />
          </div>
          {deletion !== null && deletion.kind !== "deleted" && (
            <p role="alert" className={controls["field-error"]}>
              {deletionSentence(deletion)}
            </p>
          )}
          <div className={styles["dialog-actions"]}>
            <button type="button" className={controls["button-quiet"]} onClick={close}>
              {wording.cancel}
            </button>
            <button type="submit" className={controls["button-danger"]} disabled={typed !== username || removing}>
              {removing ? dialogWording.remove.removing : dialogWording.remove.confirm}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
