/** Restoring an account of a backup, on the start page. */

import { type FormEvent, useId, useState } from "react";
import { useApp } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { readPassphrase } from "./recovery-words.ts";
import { wording } from "./wording.ts";
import { restorationSentence, restoreWording } from "./wording-backup.ts";
import { WorkProgress } from "./work-progress.tsx";

export function RestoreDialog({ onClose }: { readonly onClose: () => void }) {
  const { restore } = useApp();
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState("");
  /** While it is restored: how far that is, and what gives it up. */
  const [work, setWork] = useState<{ readonly share: number; readonly control: AbortController } | null>(null);
  const [problem, setProblem] = useState("");
  const id = useId();
  const leave = () => {
    work?.control.abort();
    onClose();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (work !== null || file === null) return;
    const typed = readPassphrase(passphrase);
    if (typed.kind === "mistyped") return setProblem(restoreWording.mistyped(typed.unknown));
    const control = new AbortController();
    setWork({ share: 0, control });
    setProblem("");
    // Where it is restored this dialog goes with the start page.
    const following = { onProgress: (share: number) => setWork({ share, control }), signal: control.signal };
    const outcome = await file
      .arrayBuffer()
      .then((bytes) => restore(new Uint8Array(bytes), typed.passphrase, following))
      // The file is gone, or a part of the app could not be had.
      .catch(() => ({ kind: "engine-gone" }) as const);
    setWork(null);
    setProblem(restorationSentence(outcome));
  };
  return (
    <Dialog title={restoreWording.title} onClose={leave}>
      {(close) => (
        <form className={styles["dialog-form"]} onSubmit={(event) => void submit(event)} aria-busy={work !== null}>
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
          {work !== null && <WorkProgress name={restoreWording.restoring} share={work.share} />}
          {problem !== "" && (
            <p role="alert" className={controls["field-error"]}>
              {problem}
            </p>
          )}
          <div className={styles["dialog-actions"]}>
            <button
              type="button"
              className={controls["button-quiet"]}
              onClick={work === null ? close : () => work.control.abort()}
            >
              {wording.cancel}
            </button>
            <button
              type="submit"
              className={controls["button-solid"]}
              disabled={work !== null || file === null || passphrase === ""}
            >
              {restoreWording.restore}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
