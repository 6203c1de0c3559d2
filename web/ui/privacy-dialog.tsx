/** What others learn: each word of it can be switched off. */

import { createPrivacy } from "../state/privacy.ts";
import { useStore } from "../state/store.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { NOT_READY, wording } from "./wording.ts";
import { privacyWording } from "./wording-privacy.ts";

export function PrivacyDialog({ onClose }: { readonly onClose: () => void }) {
  const session = useSession();
  const settings = useStore(session.account, ({ view }) => view?.settings ?? null);
  const { change, hasFailed } = useStore(session.part(createPrivacy));
  return (
    <Dialog title={privacyWording.title} onClose={onClose}>
      {(close) => (
        <>
          {settings !== null &&
            (["readReceipts", "typing"] as const).map((name) => (
              <label key={name} className={styles["dialog-choice"]}>
                <input
                  type="checkbox"
                  checked={settings[name]}
                  onChange={(event) => void change({ ...settings, [name]: event.target.checked })}
                />
                <span>
                  <b className={styles["dialog-name"]}>{privacyWording[name].label}</b>
                  {privacyWording[name].hint}
                </span>
              </label>
            ))}
          {(settings === null || hasFailed) && (
            <p role="alert" className={controls["field-error"]}>
              {NOT_READY}
            </p>
          )}
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
