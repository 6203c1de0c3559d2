/** Says that a new version of the app is there. It comes in when the person asks for it, or once all tabs are closed. */

import { useState } from "react";
import controls from "./controls.module.css";
import styles from "./update-notice.module.css";
import { wording } from "./wording.ts";

const updateWording = {
  ready: "A new version of Sotto is ready.",
  use: "Use it now",
  later: "Later",
} as const;

export function UpdateNotice({ onUse }: { readonly onUse: () => void }) {
  const [isDismissed, setDismissed] = useState(false);
  if (isDismissed) return null;
  return (
    <section className={styles["update-notice"]} aria-label={wording.brand}>
      <p role="status">{updateWording.ready}</p>
      <div className={styles["update-actions"]}>
        <button type="button" className={controls["button-solid"]} onClick={onUse}>
          {updateWording.use}
        </button>
        <button type="button" className={controls["button-quiet"]} onClick={() => setDismissed(true)}>
          {updateWording.later}
        </button>
      </div>
    </section>
  );
}
