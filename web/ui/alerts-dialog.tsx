/** What is shown when a message comes and nobody looks at the page. */

import { useEffect, useState } from "react";
import type { StoreApi } from "zustand/vanilla";
import type { Alerts } from "../state/alerts.ts";
import type { AlertLevel } from "../state/ports.ts";
import { useStore } from "../state/store.ts";
import { useApp } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { wording } from "./wording.ts";
import { ALERT_LEVELS, alertObstacle, alertWording } from "./wording-alerts.ts";

const LEVELS = ["off", "discreet", "full"] as const satisfies readonly AlertLevel[];

export function AlertsDialog({ onClose }: { readonly onClose: () => void }) {
  const { alerts } = useApp();
  const [store, setStore] = useState<StoreApi<Alerts> | "missing" | null>(null);
  useEffect(() => {
    alerts().then(setStore, () => setStore("missing"));
  }, [alerts]);
  return (
    <Dialog title={alertWording.title} onClose={onClose}>
      {(close) => (
        <>
          <p className={styles["dialog-text"]}>{alertWording.what}</p>
          {store === "missing" && (
            <p role="alert" className={controls["field-error"]}>
              {wording.partMissing}
            </p>
          )}
          {store !== null && store !== "missing" && <Levels alerts={store} />}
          <ul className={styles["dialog-losses"]}>
            {alertWording.limits.map((limit) => (
              <li key={limit}>{limit}</li>
            ))}
          </ul>
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

function Levels({ alerts }: { readonly alerts: StoreApi<Alerts> }) {
  const { level, permission, wasDismissed, choose } = useStore(alerts);
  const obstacle = alertObstacle(permission, wasDismissed);
  return (
    <>
      <fieldset className={styles["dialog-choices"]}>
        <legend className={styles["dialog-legend"]}>{alertWording.legend}</legend>
        {LEVELS.map((each) => (
          <label key={each} className={styles["dialog-choice"]}>
            <input
              type="radio"
              name="alert-level"
              checked={each === level}
              disabled={each !== "off" && permission === "missing"}
              onChange={() => void choose(each)}
            />
            {ALERT_LEVELS[each]}
          </label>
        ))}
      </fieldset>
      {obstacle !== null && (
        <p role="alert" className={controls["field-error"]}>
          {obstacle}
        </p>
      )}
    </>
  );
}
