/** How far the opening of a backlog has come. That it has begun is announced; its steps are not. */
import type { AccountView } from "../state/views.ts";
import styles from "./catching-up.module.css";
import { wording } from "./wording.ts";

interface CatchingUpProps {
  readonly progress: NonNullable<AccountView["catchingUp"]>;
}

export function CatchingUp({ progress: { opened, total } }: CatchingUpProps) {
  const share = total === null ? {} : { value: opened, max: Math.max(opened, total) };
  return (
    <div className={styles["catching-up"]}>
      <p role="status">{wording.workspace.catchingUp}</p>
      <progress aria-label={wording.workspace.catchingUp} {...share} />
      <p className={styles["catching-up-count"]}>{wording.workspace.caughtUp(opened, total)}</p>
    </div>
  );
}
