/** Making a backup: its passphrase, and the file that the browser saves. */

import { type FormEvent, useId, useState } from "react";
import { useStore } from "../state/store.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { makeRecoveryWords, readPassphrase } from "./recovery-words.ts";
import { saveFile } from "./save-file.ts";
import { wording } from "./wording.ts";
import { backupSentence, backupWording } from "./wording-backup.ts";
import { WorkProgress } from "./work-progress.tsx";

export function BackupDialog({ onClose }: { readonly onClose: () => void }) {
  const { username, account } = useSession();
  const { makeBackup, cancelWork, view } = useStore(account);
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [saved, setSaved] = useState("");
  /** The twelve words, once they were asked for. */
  const [words, setWords] = useState<string | null>(null);
  const id = useId();
  const leave = () => {
    if (busy) void cancelWork();
    onClose();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setProblem("");
    setSaved("");
    const typed = readPassphrase(again);
    const repeated = typed.kind === "mistyped" ? again : typed.passphrase;
    if ((words ?? passphrase) !== repeated) {
      return setProblem(words === null ? backupWording.unequal : backupWording.unequalWords);
    }
    setBusy(true);
    const backup = await makeBackup(repeated);
    setBusy(false);
    setProblem(backupSentence(backup));
    if (backup.kind !== "made") return;
    const name = `sotto-${username}-${new Date().toISOString().slice(0, 10)}.sotto`;
    saveFile(name, backup.file);
    setSaved(backupWording.made(name));
    setPassphrase("");
    setAgain("");
    setWords(null);
  };
  return (
    <Dialog title={backupWording.title} wide onClose={leave}>
      {(close) => (
        <form className={styles["dialog-form"]} onSubmit={(event) => void submit(event)} aria-busy={busy}>
          <p className={styles["dialog-text"]}>{backupWording.what}</p>
          <ul className={styles["dialog-losses"]}>
            {backupWording.limits.map((limit) => (
              <li key={limit}>{limit}</li>
            ))}
          </ul>
          {words === null ? (
            <div>
              <label className={controls["field-label"]} htmlFor={id}>
                {backupWording.passphrase}
              </label>
              <input
                id={id}
                type="password"
                className={controls["field-box"]}
                value={passphrase}
                onChange={(event) => setPassphrase(event.target.value)}
                autoComplete="new-password"
                aria-describedby={`${id}-hint`}
              />
              <p id={`${id}-hint`} className={controls["field-hint"]}>
                {backupWording.hint}
              </p>
              <div className={styles["dialog-further"]}>
                <button
                  type="button"
                  className={controls["button-quiet"]}
                  onClick={() => setWords(makeRecoveryWords())}
                >
                  {backupWording.makeWords}
                </button>
              </div>
            </div>
          ) : (
            <div>
              <p className={controls["field-label"]}>{backupWording.words}</p>
              <ol className={styles["dialog-words"]} aria-label={backupWording.words}>
                {words.split(" ").map((word, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a word may occur twice, and none of them moves
                  <li key={index}>{word}</li>
                ))}
              </ol>
              <p className={controls["field-hint"]}>{backupWording.wordsHint}</p>
            </div>
          )}
          <div>
            <label className={controls["field-label"]} htmlFor={`${id}-again`}>
              {words === null ? backupWording.repeat : backupWording.repeatWords}
            </label>
            <input
              id={`${id}-again`}
              type={words === null ? "password" : "text"}
              className={controls["field-box"]}
              value={again}
              onChange={(event) => setAgain(event.target.value)}
              autoComplete={words === null ? "new-password" : "off"}
              spellCheck={false}
            />
          </div>
          {busy ? (
            <WorkProgress name={backupWording.making} share={view?.working ?? 0} />
          ) : (
            <p role="status">{saved}</p>
          )}
          {problem !== "" && (
            <p role="alert" className={controls["field-error"]}>
              {problem}
            </p>
          )}
          <div className={styles["dialog-actions"]}>
            <button type="button" className={controls["button-quiet"]} onClick={busy ? () => void cancelWork() : close}>
              {busy ? wording.cancel : wording.close}
            </button>
            <button type="submit" className={controls["button-solid"]} disabled={busy || again === ""}>
              {backupWording.make}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
