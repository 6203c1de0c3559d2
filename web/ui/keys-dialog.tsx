/** What keys there are. */

import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { wording } from "./wording.ts";
import { KEYS, keysWording } from "./wording-keys.ts";

export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title={keysWording.title} onClose={onClose}>
      {(close) => (
        <>
          <dl className={styles["dialog-keys"]}>
            {KEYS.map(({ keys, does }) => (
              <div key={does}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
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
