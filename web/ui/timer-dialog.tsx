/** Choosing after how long what both write disappears. */

import { useId } from "react";
import { createMessageActions } from "../state/message-actions.ts";
import { useStore } from "../state/store.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { wording } from "./wording.ts";
import { TIMER_CHOICES, timerWording } from "./wording-timer.ts";

interface TimerDialogProps {
  readonly peer: string;
  /** In seconds; null for never. */
  readonly timer: number | null;
  readonly onClose: () => void;
}

export function TimerDialog({ peer, timer, onClose }: TimerDialogProps) {
  const setTimer = useStore(useSession().part(createMessageActions), (actions) => actions.setTimer);
  const name = useId();
  return (
    <Dialog title={timerWording.title} onClose={onClose}>
      {(close) => (
        <>
          <p className={styles["dialog-text"]}>{timerWording.hint(peer)}</p>
          <fieldset className={styles["dialog-choices"]}>
            <legend className="visually-hidden">{timerWording.title}</legend>
            {TIMER_CHOICES.map((seconds) => (
              <label key={seconds ?? 0} className={styles["dialog-choice"]}>
                <input
                  type="radio"
                  name={name}
                  defaultChecked={seconds === timer}
                  onChange={() => void setTimer(peer, seconds)}
                />
                {timerWording.choice(seconds)}
              </label>
            ))}
          </fieldset>
          <div className={styles["dialog-actions"]}>
            <button type="button" className={controls["button-solid"]} onClick={close}>
              {wording.close}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}
