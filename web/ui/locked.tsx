/** What stands before a locked account: the ways in, and the way out for whoever forgot them. Loaded when it is needed. */

import { type FormEvent, useId, useState } from "react";
import type { Unlocking } from "../state/account.ts";
import { startPath } from "../state/route.ts";
import { useStore } from "../state/store.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { Link } from "./link.tsx";
import styles from "./locked.module.css";
import { askPasskey } from "./passkeys.ts";
import { RemoveHere } from "./remove-here.tsx";
import { wording } from "./wording.ts";
import { lockedWording, unlockSentence } from "./wording-lock.ts";

export function Locked() {
  const { username, account } = useSession();
  const { unlock, view } = useStore(account);
  const passkey = view?.lock?.passkey ?? null;
  const [typed, setTyped] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const id = useId();
  const attempt = async (open: () => Promise<Unlocking | null>) => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const outcome = await open();
    setBusy(false);
    setProblem(outcome === null ? lockedWording.passkeyFailed : unlockSentence(outcome, Date.now()));
    // Wrong, it is typed anew; too soon, it may be right.
    if (outcome?.kind === "wrong-secret") setTyped("");
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed !== "") void attempt(() => unlock({ kind: "passphrase", passphrase: typed }));
  };
  const usePasskey = async () => {
    const output = passkey === null ? null : await askPasskey(passkey);
    return output === null ? null : await unlock({ kind: "passkey", output });
  };
  return (
    <div className={styles["locked-column"]}>
      <form className={styles["locked-form"]} onSubmit={submit} aria-busy={busy}>
        {/* So that a password manager knows whose passphrase it is. */}
        <input type="text" autoComplete="username" value={username} readOnly hidden />
        <div>
          <label className={controls["field-label"]} htmlFor={id}>
            {lockedWording.passphrase}
          </label>
          <input
            id={id}
            type="password"
            className={controls["field-box"]}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="current-password"
            // biome-ignore lint/a11y/noAutofocus: there is nothing else on this page
            autoFocus
            aria-invalid={problem !== null && problem !== ""}
            aria-describedby={`${id}-problem`}
          />
          <div role="alert" id={`${id}-problem`}>
            {problem !== null && problem !== "" && <p className={controls["field-error"]}>{problem}</p>}
          </div>
        </div>
        <div className={styles["locked-ways"]}>
          <button type="submit" className={controls["button-solid"]} aria-disabled={busy}>
            {busy ? lockedWording.unlocking : lockedWording.unlock}
          </button>
          {passkey !== null && (
            <button type="button" className={controls["button-quiet"]} onClick={() => void attempt(usePasskey)}>
              {lockedWording.withPasskey}
            </button>
          )}
          <Link to={startPath(null)} className={controls["button-quiet"]}>
            {wording.goHome}
          </Link>
        </div>
      </form>
      <Forgotten />
    </div>
  );
}

function Forgotten() {
  return (
    <details className={styles["locked-forgotten"]}>
      <summary>{lockedWording.forgotten}</summary>
      <p>{lockedWording.noWay}</p>
      <RemoveHere />
    </details>
  );
}
