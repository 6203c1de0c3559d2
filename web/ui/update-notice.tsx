/** Says that a new version of the app is there. It comes in when the person asks for it, or once all tabs are closed. */

import { useState } from "react";
import controls from "./controls.module.css";
import styles from "./update-notice.module.css";
import { updateWording } from "./wording-update.ts";

export function UpdateNotice({ onUse }: { readonly onUse: () => void }) {
  /** What was put off; one that comes after it is another. */
  const [dismissed, setDismissed] = useState<(() => void) | null>(null);
  if (dismissed === onUse) return null;
  return (
    <section className={styles["update-notice"]} aria-label={updateWording.name}>
      <div>
        <p role="status">{updateWording.ready}</p>
        <p className={styles["update-otherwise"]}>{updateWording.otherwise}</p>
      </div>
      <div className={styles["update-actions"]}>
        <button type="button" className={controls["button-solid"]} onClick={onUse}>
          {updateWording.use}
        </button>
        <button type="button" className={controls["button-quiet"]} onClick={() => setDismissed(() => onUse)}>
          {updateWording.later}
        </button>
      </div>
    </section>
  );
}
