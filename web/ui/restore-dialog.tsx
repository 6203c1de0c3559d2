/** Restoring an account of a backup, on the start page. */

import { type FormEvent, useId, useState } from "react";
import { useApp } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { readPassphrase } from "./recovery-words.ts";
import { wording } from "./wording.ts";
import { restorationSentence, restoreWording } from "./wording-backup.ts";

export function RestoreDialog({ onClose }: { readonly onClose: () => void }) {
  const { restore } = useApp();
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const id = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || file === null) return;
    const typed = readPassphrase(passphrase);
    if (typed.kind === "mistyped") return setProblem(restoreWording.mistyped(typed.unknown));
    setBusy(true);
    setProblem("");
    // Where it is restored this dialog goes with the start page.
    const outcome = await restore(new Uint8Array(await file.arrayBuffer()), typed.passphrase);
    setBusy(false);
    setProblem(restorationSentence(outcome));
  };
  return (
    <Dialog title={restoreWording.title} onClose={onClose}>
      {(close) => (
        <form className={styles["dialog-form"]} onSubmit={(event) => void submit(event)} aria-busy={busy}>
          <p className={styles["dialog-text"]}>{restoreWording.what}</p>
          <div>
            <label className={controls["field-label"]} htmlFor={`${id}-file`}>
              {restoreWording.file}
            </label>
            <input
              id={`${id}-file`}
              type="file"
              className={styles["dialog-file"]}
              accept=".sotto"
              onChange={(event) => setFile(event.target.files?.[0] ?? null)}
            />
          </div>
          <div>
            <label className={controls["field-label"]} htmlFor={id}>
              {restoreWording.passphrase}
            </label>
            <input
              id={id}
              type="password"
              className={controls["field-box"]}
              value={passphrase}
              onChange={(event) => setPassphrase(event.target.value)}
              autoComplete="off"
            />
          </div>
          {busy && <p role="status">{restoreWording.restoring}</p>}
          {problem !== "" && (
            <p role="alert" className={controls["field-error"]}>
              {problem}
            </p>
          )}
          <div className={styles["dialog-actions"]}>
            <button type="button" className={controls["button-quiet"]} onClick={close}>
              {wording.cancel}
            </button>
            <button
              type="submit"
              className={controls["button-solid"]}
              disabled={busy || file === null || passphrase === ""}
            >
              {restoreWording.restore}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
