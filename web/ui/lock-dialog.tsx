/** Setting the lock of an account, changing it, and when it locks itself. */

import { type FormEvent, type ReactNode, useId, useState } from "react";
import type { LockChangeResult } from "../state/account.ts";
import { useStore } from "../state/store.ts";
import type { LockView } from "../state/views.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { hasPasskeys, makePasskey } from "./passkeys.ts";
import { wording } from "./wording.ts";
import { lockChangeSentence, lockWording } from "./wording-lock.ts";

const IDLE_MINUTES = [1, 5, 15, 60];

export function LockDialog({ onClose }: { readonly onClose: () => void }) {
  const lock = useStore(useSession().account, ({ view }) => view?.lock ?? null);
  return (
    <Dialog title={lockWording.title} wide onClose={onClose}>
      {(close) => (
        <>
          <p className={styles["dialog-text"]}>{lockWording.what}</p>
          <ul className={styles["dialog-losses"]}>
            {lockWording.limits.map((limit) => (
              <li key={limit}>{limit}</li>
            ))}
          </ul>
          {lock === null ? <SetLock /> : <ChangeLock lock={lock} />}
          <div className={styles["dialog-actions"]}>
            <button type="button" className={controls["button-quiet"]} onClick={close}>
              {wording.close}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

/** What is said of the last change; a failure is an alert. */
interface Word {
  readonly text: string;
  readonly isFailure: boolean;
}

/** Makes a change and says what came of it; resolves to whether it was made. */
function useChange() {
  const [word, setWord] = useState<Word | null>(null);
  const [busy, setBusy] = useState(false);
  const change = async (make: () => Promise<LockChangeResult | Word>): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setWord(null);
    const result = await make();
    setBusy(false);
    const said =
      "text" in result ? result : { text: lockChangeSentence(result, Date.now()), isFailure: result.kind !== "done" };
    setWord(said);
    return !said.isFailure;
  };
  return { word, busy, change };
}

function Said({ word }: { readonly word: Word | null }): ReactNode {
  return (
    <>
      <p role="status">{word === null || word.isFailure ? "" : word.text}</p>
      {word?.isFailure === true && (
        <p role="alert" className={controls["field-error"]}>
          {word.text}
        </p>
      )}
    </>
  );
}

interface PassphraseBoxProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly isNew: boolean;
  readonly hint?: string;
}

function PassphraseBox({ label, value, onChange, isNew, hint }: PassphraseBoxProps) {
  const id = useId();
  return (
    <div>
      <label className={controls["field-label"]} htmlFor={id}>
        {label}
      </label>
      <input
        id={id}
        type="password"
        className={controls["field-box"]}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        autoComplete={isNew ? "new-password" : "current-password"}
        aria-describedby={`${id}-hint`}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} className={controls["field-hint"]}>
          {hint}
        </p>
      )}
    </div>
  );
}

function SetLock() {
  const changeLock = useStore(useSession().account, (account) => account.changeLock);
  const { word, busy, change } = useChange();
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void change(async () =>
      passphrase === again
        ? await changeLock({ kind: "set", passphrase, earlier: null })
        : { text: lockWording.unequal, isFailure: true },
    );
  };
  return (
    <form className={styles["dialog-form"]} onSubmit={submit} aria-busy={busy}>
      <PassphraseBox
        label={lockWording.choose}
        hint={lockWording.hint}
        value={passphrase}
        onChange={setPassphrase}
        isNew
      />
      <PassphraseBox label={lockWording.repeat} value={again} onChange={setAgain} isNew />
      <Said word={word} />
      <button type="submit" className={controls["button-solid"]} disabled={busy || passphrase === ""}>
        {busy ? lockWording.working : lockWording.set}
      </button>
    </form>
  );
}

function ChangeLock({ lock }: { readonly lock: LockView }) {
  const { username, account } = useSession();
  const changeLock = useStore(account, (state) => state.changeLock);
  const { word, busy, change } = useChange();
  const [present, setPresent] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const changePassphrase = async () => {
    if (await change(() => changeLock({ kind: "set", passphrase, earlier: present }))) {
      setPresent("");
      setPassphrase("");
    }
  };
  const addPasskey = async (): Promise<LockChangeResult | Word> => {
    const passkey = await makePasskey(username);
    if (passkey === null) return { text: lockWording.passkeyFailed, isFailure: true };
    return await changeLock({ kind: "add-passkey", passphrase: present, passkey });
  };
  return (
    <div className={styles["dialog-form"]} aria-busy={busy}>
      <LockTimesFields lock={lock} onChange={(times) => void change(() => changeLock({ kind: "set-times", times }))} />
      <PassphraseBox label={lockWording.present} value={present} onChange={setPresent} isNew={false} />
      <div className={styles["dialog-fact"]}>
        <p>{passkeySentence(lock)}</p>
        {lock.passkey === null ? (
          <button
            type="button"
            className={controls["button-quiet"]}
            disabled={busy || present === "" || !hasPasskeys()}
            onClick={() => void change(addPasskey)}
          >
            {lockWording.addPasskey}
          </button>
        ) : (
          <button
            type="button"
            className={controls["button-quiet"]}
            disabled={busy || present === ""}
            onClick={() => void change(() => changeLock({ kind: "remove-passkey", passphrase: present }))}
          >
            {lockWording.removePasskey}
          </button>
        )}
      </div>
      <PassphraseBox
        label={lockWording.choose}
        hint={lockWording.hint}
        value={passphrase}
        onChange={setPassphrase}
        isNew
      />
      <Said word={word} />
      <div className={styles["dialog-actions"]}>
        <button
          type="button"
          className={controls["button-danger"]}
          disabled={busy || present === ""}
          onClick={() => void change(() => changeLock({ kind: "remove", passphrase: present }))}
        >
          {lockWording.remove}
        </button>
        <button
          type="button"
          className={controls["button-solid"]}
          disabled={busy || present === "" || passphrase === ""}
          onClick={() => void changePassphrase()}
        >
          {busy ? lockWording.working : lockWording.change}
        </button>
      </div>
    </div>
  );
}

function passkeySentence(lock: LockView): string {
  if (lock.passkey !== null) return lockWording.passkeyIsSet;
  return hasPasskeys() ? lockWording.noPasskey : lockWording.noPasskeysHere;
}

interface LockTimesFieldsProps {
  readonly lock: LockView;
  readonly onChange: (times: Pick<LockView, "idleMinutes" | "onHiding">) => void;
}

function LockTimesFields({ lock: { idleMinutes, onHiding }, onChange }: LockTimesFieldsProps) {
  const id = useId();
  return (
    <>
      <div>
        <label className={controls["field-label"]} htmlFor={id}>
          {lockWording.times}
        </label>
        <select
          id={id}
          className={controls["field-box"]}
          value={idleMinutes ?? ""}
          onChange={({ target: { value } }) => onChange({ idleMinutes: value === "" ? null : Number(value), onHiding })}
        >
          <option value="">{lockWording.never}</option>
          {IDLE_MINUTES.map((minutes) => (
            <option key={minutes} value={minutes}>
              {lockWording.after(minutes)}
            </option>
          ))}
        </select>
      </div>
      <label className={styles["dialog-choice"]}>
        <input
          type="checkbox"
          checked={onHiding}
          onChange={(event) => onChange({ idleMinutes, onHiding: event.target.checked })}
        />
        {lockWording.onHiding}
      </label>
    </>
  );
}
