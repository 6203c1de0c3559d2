/** Another identity key appeared under this name: why that happens, and the two ways to go on. */

import { useId } from "react";
import { useStore } from "../state/store.ts";
import { createVerification } from "../state/verification.ts";
import type { IdentityDecision, PeerIdentity } from "../state/views.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { WarningIcon } from "./icons.tsx";
import styles from "./key-change.module.css";
import { DECISION_PROBLEMS, keyChangeWording } from "./wording-key-change.ts";

interface KeyChangeProps {
  readonly peer: string;
  readonly identity: Extract<PeerIdentity, { kind: "changed" }>;
  readonly onCompare: () => void;
}

export function KeyChange({ peer, identity, onCompare }: KeyChangeProps) {
  const verification = useSession().part(createVerification);
  const decision = useStore(verification, (state) => (state.decision?.peer === peer ? state.decision.state : null));
  const id = useId();
  const decide = (choice: IdentityDecision) => void verification.getState().decide(peer, identity.change, choice);
  return (
    <section className={styles["change-panel"]} aria-labelledby={`${id}-title`}>
      {/* Spoken when it appears; what changes later stands outside. */}
      <div role="alert" className={styles["change-text"]}>
        <h3 id={`${id}-title`} className={styles["change-title"]}>
          <WarningIcon />
          {keyChangeWording.title(peer)}
        </h3>
        <p>{keyChangeWording.reasons(peer)}</p>
        {identity.signedByEarlier && <p>{keyChangeWording.signed}</p>}
        {identity.wasVerified && <p className={styles["change-lost"]}>{keyChangeWording.wasVerified}</p>}
      </div>
      {identity.waiting > 0 && (
        <p id={`${id}-waiting`} className={styles["change-waiting"]}>
          {keyChangeWording.waiting(identity.waiting)}
        </p>
      )}
      <p id={`${id}-keep`} className={styles["change-waiting"]}>
        {keyChangeWording.keepEffect}
      </p>
      {decision !== null && decision !== "working" && (
        <p role="alert" className={controls["field-error"]}>
          {DECISION_PROBLEMS[decision]}
        </p>
      )}
      <div className={styles["change-actions"]}>
        <button type="button" className={controls["button-solid"]} onClick={onCompare} aria-haspopup="dialog">
          {keyChangeWording.compare}
        </button>
        <button
          type="button"
          className={controls["button-quiet"]}
          aria-disabled={decision === "working"}
          aria-describedby={`${id}-waiting`}
          onClick={() => decide("accept")}
        >
          {keyChangeWording.accept}
        </button>
        <button
          type="button"
          className={controls["button-quiet"]}
          aria-disabled={decision === "working"}
          aria-describedby={`${id}-keep`}
          onClick={() => decide("keep")}
        >
          {keyChangeWording.keep}
        </button>
      </div>
    </section>
  );
}
