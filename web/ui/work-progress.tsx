/** How far something is that takes long. That it has begun is announced; its steps are not. */

import styles from "./dialog.module.css";

interface WorkProgressProps {
  readonly name: string;
  /** From 0 to 1. */
  readonly share: number;
}

export function WorkProgress({ name, share }: WorkProgressProps) {
  return (
    <div className={styles["dialog-progress"]}>
      <p role="status">{name}</p>
      <progress aria-label={name} value={share} max={1} />
    </div>
  );
}
