/** The start page: make an account, or open one of this device's. */

import { type FormEvent, useId, useState } from "react";
import type { Creation } from "../state/creation.ts";
import { accountPath } from "../state/route.ts";
import { useStore } from "../state/store.ts";
import { useApp } from "./app-context.ts";
import { Avatar } from "./avatar.tsx";
import controls from "./controls.module.css";
import { DIALOGS, LatePart } from "./late-part.tsx";
import { Link } from "./link.tsx";
import styles from "./start-page.module.css";
import { wording } from "./wording.ts";
import { registrationSentence } from "./wording-registration.ts";
import { startWording } from "./wording-start.ts";

export function StartPage({ invite }: { readonly invite: string | null }) {
  const accounts = useStore(useApp().directory, (directory) => directory.accounts) ?? [];
  return (
    <main className={styles["start-page"]}>
      <title>{wording.brand}</title>
      <div className={styles["start-column"]}>
        <header>
          <h1 className={styles["start-title"]}>{wording.brand}</h1>
          <svg className={styles["start-hairpin"]} viewBox="0 0 400 28" aria-hidden="true" preserveAspectRatio="none">
            <path d="M2 2 398 14" vectorEffect="non-scaling-stroke" />
            <path d="M2 26 398 14" vectorEffect="non-scaling-stroke" />
          </svg>
          <p className={styles["start-tagline"]}>{startWording.tagline}</p>
          <p className={styles["start-honest"]}>{startWording.honest}</p>
        </header>
        {invite !== null && (
          <section className={styles["start-invited"]}>
            <Avatar username={invite} />
            <div>
              <p className={styles["start-invited-name"]}>{startWording.invited(invite)}</p>
              <p>{startWording.invitedHint(accounts.length > 0)}</p>
            </div>
          </section>
        )}
        <CreateAccount invite={invite} />
        {accounts.length > 0 && <Accounts accounts={accounts} invite={invite} />}
        <Restore />
        <p className={styles["start-footnote"]}>{startWording.footnote}</p>
      </div>
    </main>
  );
}

function Restore() {
  const [isOpen, setIsOpen] = useState(false);
  const close = () => setIsOpen(false);
  return (
    <div>
      <button type="button" className={controls["button-quiet"]} onClick={() => setIsOpen(true)}>
        {startWording.restore}
      </button>
      {isOpen && (
        <LatePart part={DIALOGS} onClose={close}>
          {({ RestoreDialog }) => <RestoreDialog onClose={close} />}
        </LatePart>
      )}
    </div>
  );
}

function CreateAccount({ invite }: { readonly invite: string | null }) {
  const { creation } = useApp();
  const { working, refusal, invite: code, create, clear } = useStore(creation);
  const isAboutCode = refusal?.registration.kind.startsWith("invite-") ?? false;
  const [username, setUsername] = useState("");
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void create(username);
  };
  return (
    <form className={styles["start-form"]} onSubmit={submit} noValidate>
      <label className={controls["field-label"]} htmlFor={id}>
        {startWording.username}
      </label>
      <div className={controls["field-row"]}>
        <input
          id={id}
          className={controls["field-box"]}
          value={username}
          onChange={(event) => {
            setUsername(event.target.value);
            if (refusal !== null) clear();
          }}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          aria-invalid={refusal !== null && !isAboutCode}
          aria-describedby={`${id}-hint ${id}-alert`}
        />
        <button className={controls["button-solid"]} type="submit" aria-disabled={working !== null}>
          {startWording.create}
        </button>
      </div>
      {code !== null && <InviteCode code={code} isInvalid={isAboutCode} alertId={`${id}-alert`} />}
      {(working !== null || refusal !== null) && (
        <div id={`${id}-alert`} role="alert">
          {working !== null && <p className={controls["field-busy"]}>{wording.makingKeys}</p>}
          {refusal !== null && <Refusal refusal={refusal} invite={invite} />}
        </div>
      )}
      <p id={`${id}-hint`} className={controls["field-hint"]}>
        {startWording.usernameHint}
      </p>
    </form>
  );
}

interface InviteCodeProps {
  readonly code: string;
  readonly isInvalid: boolean;
  readonly alertId: string;
}

function InviteCode({ code, isInvalid, alertId }: InviteCodeProps) {
  const { creation } = useApp();
  const setInvite = useStore(creation, (state) => state.setInvite);
  const id = useId();
  return (
    <div className={styles["start-invite-code"]}>
      <label className={controls["field-label"]} htmlFor={id}>
        {startWording.inviteCode}
      </label>
      <input
        id={id}
        className={controls["field-box"]}
        value={code}
        onChange={(event) => setInvite(event.target.value)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={isInvalid}
        aria-describedby={`${id}-hint ${alertId}`}
      />
      <p id={`${id}-hint`} className={controls["field-hint"]}>
        {startWording.inviteHint}
      </p>
    </div>
  );
}

interface RefusalProps {
  readonly refusal: NonNullable<Creation["refusal"]>;
  readonly invite: string | null;
}

function Refusal({ refusal: { username, registration }, invite }: RefusalProps) {
  return (
    <p className={controls["field-error"]}>
      {registrationSentence(username, registration)}{" "}
      {registration.kind === "already-here" && (
        <Link to={accountPath(username, invite)}>{startWording.openAccount}</Link>
      )}
    </p>
  );
}

interface AccountsProps {
  readonly accounts: readonly string[];
  readonly invite: string | null;
}

function Accounts({ accounts, invite }: AccountsProps) {
  const id = useId();
  return (
    <section className={styles["start-accounts"]} aria-labelledby={id}>
      <h2 id={id} className={controls["field-label"]}>
        {startWording.accounts}
      </h2>
      <ul>
        {accounts.map((username) => (
          <li key={username}>
            <Link to={accountPath(username, invite)} className={styles["start-account"]}>
              <Avatar username={username} />
              <span>{username}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
