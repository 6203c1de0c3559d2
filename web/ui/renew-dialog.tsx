/** Renewing the account's keys: when that helps, what follows from it, and what came of it. */

import { useState } from "react";
import type { Renewal } from "../state/account.ts";
import { useStore } from "../state/store.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { wording } from "./wording.ts";
import { dialogWording, renewalSentence } from "./wording-dialogs.ts";

export function RenewDialog({ onClose }: { readonly onClose: () => void }) {
  const renew = useStore(useSession().account, (account) => account.renew);
  const [renewing, setRenewing] = useState(false);
  const [renewal, setRenewal] = useState<Renewal | null>(null);
  const start = async () => {
    setRenewing(true);
    setRenewal(await renew());
    setRenewing(false);
  };
  return (
    <Dialog title={dialogWording.renew.title} onClose={onClose}>
      {(close) => (
        <>
          {renewal === null && (
            <>
              <p className={styles["dialog-text"]}>{dialogWording.renew.when}</p>
              <ul className={styles["dialog-losses"]}>
                {dialogWording.renew.effects.map((effect) => (
                  <li key={effect}>{effect}</li>
                ))}
              </ul>
            </>
          )}
          <p role="status">{renewal === null ? "" : renewalSentence(renewal)}</p>
          <div className={styles["dialog-actions"]}>
            <button type="button" className={controls["button-quiet"]} onClick={close}>
              {renewal === null ? wording.cancel : wording.close}
            </button>
            {renewal === null && (
              <button
                type="button"
                className={controls["button-danger"]}
                disabled={renewing}
                onClick={() => void start()}
              >
                {renewing ? dialogWording.renew.renewing : dialogWording.renew.confirm}
              </button>
            )}
          </div>
        </>
      )}
    </Dialog>
  );
}
