/** A modal dialog, the browser's own: it holds the focus, closes on Escape and gives the focus back. */

import { type ReactNode, useEffect, useId, useRef } from "react";
import styles from "./dialog.module.css";

interface DialogProps {
  readonly title: string;
  /** Has more to show than a sheet's usual width holds. */
  readonly wide?: boolean;
  /** Called once it is closed; the caller then stops rendering it. */
  readonly onClose: () => void;
  /** Gets what closes it. */
  readonly children: (close: () => void) => ReactNode;
}

export function Dialog({ title, wide = false, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className={styles["dialog-sheet"]} data-wide={wide} aria-labelledby={id} onClose={onClose}>
      <h2 id={id} className={styles["dialog-title"]}>
        {title}
      </h2>
      {children(() => dialog.current?.close())}
    </dialog>
  );
}
