/** How the account's keys are, and what they are kept in: each with what mends it. */

import { type ReactNode, useEffect, useState } from "react";
import type { Refresh } from "../state/account.ts";
import { useStore } from "../state/store.ts";
import { useApp, useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { wording } from "./wording.ts";
import { healthWording, refreshSentence } from "./wording-health.ts";

interface HealthDialogProps {
  readonly onClose: () => void;
  readonly onBackUp: () => void;
}

export function HealthDialog({ onClose, onBackUp }: HealthDialogProps) {
  const { health, lookAtHealth, askToPersist } = useStore(useSession().account);
  useEffect(() => void lookAtHealth(), [lookAtHealth]);
  const keys = health?.keys ?? null;
  return (
    <Dialog title={healthWording.title} wide onClose={onClose}>
      {(close) => (
        <>
          <dl className={styles["dialog-facts"]} aria-busy={health === null}>
            <Fact name={healthWording.storage} text={healthWording.persistence(health?.isPersistent ?? null)}>
              {health !== null && health.isPersistent !== true && (
                <button type="button" className={controls["button-quiet"]} onClick={() => void askToPersist()}>
                  {healthWording.askToPersist}
                </button>
              )}
            </Fact>
            {keys !== null && (
              <>
                <Fact name={healthWording.backup} text={healthWording.backedUpAt(keys.backedUpAt, Date.now())}>
                  <button type="button" className={controls["button-quiet"]} onClick={onBackUp}>
                    {healthWording.makeBackup}
                  </button>
                </Fact>
                <PrekeyFacts signedAt={keys.signedPrekeyAt} oneTime={keys.oneTimePrekeys} />
                <Fact name={healthWording.cryptography} text={healthWording.sessions(keys.sessions)} />
                <Fact name={healthWording.people} text={healthWording.unverified(keys.unverified)}>
                  <OpenFirst peers={keys.unverified} onOpen={close} />
                </Fact>
              </>
            )}
          </dl>
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

interface FactProps {
  readonly name: string;
  readonly text: string;
  readonly children?: ReactNode;
}

function Fact({ name, text, children }: FactProps) {
  return (
    <div className={styles["dialog-fact"]}>
      <dt>{name}</dt>
      <dd>
        <p>{text}</p>
        {children}
      </dd>
    </div>
  );
}

function PrekeyFacts({ signedAt, oneTime }: { readonly signedAt: number; readonly oneTime: number }) {
  const refreshPrekeys = useStore(useSession().account, (account) => account.refreshPrekeys);
  const [outcome, setOutcome] = useState<Refresh | "working" | null>(null);
  const refresh = async () => {
    setOutcome("working");
    setOutcome(await refreshPrekeys());
  };
  return (
    <>
      <Fact name={healthWording.oneTimePrekeys} text={healthWording.left(oneTime)} />
      <Fact name={healthWording.signedPrekey} text={healthWording.madeAt(signedAt, Date.now())}>
        <button
          type="button"
          className={controls["button-quiet"]}
          disabled={outcome === "working"}
          onClick={() => void refresh()}
        >
          {outcome === "working" ? healthWording.refreshing : healthWording.refresh}
        </button>
        <p role="status">{outcome === null || outcome === "working" ? "" : refreshSentence(outcome)}</p>
      </Fact>
    </>
  );
}

/** Opens the conversation with the first of those whose safety number nobody has compared. */
function OpenFirst({ peers, onOpen }: { readonly peers: readonly string[]; readonly onOpen: () => void }) {
  const openConversation = useStore(useApp().navigation, (navigation) => navigation.openConversation);
  const [first] = peers;
  if (first === undefined) return null;
  const open = () => {
    onOpen();
    openConversation(first);
  };
  return (
    <button type="button" className={controls["button-quiet"]} onClick={open}>
      {healthWording.open(first)}
    </button>
  );
}
