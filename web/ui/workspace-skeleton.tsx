/** The workspace's outline, shown while the engine opens the account. */

import { Sign } from "./icons.tsx";
import { wording } from "./wording.ts";
import styles from "./workspace.module.css";

export function WorkspaceSkeleton({ username }: { readonly username: string }) {
  return (
    <div className={styles["workspace-shell"]} data-open={false}>
      <title>{`${username} · ${wording.brand}`}</title>
      <header className={styles["workspace-bar"]}>
        <Sign className={styles["workspace-sign"]} />
        <h1 className={styles["workspace-name"]}>{username}</h1>
      </header>
      <main className={styles["workspace-main"]}>
        <div className={styles["workspace-side"]} aria-hidden="true">
          <div className={styles["skeleton-field"]} />
          <div className={styles["skeleton-row"]} />
          <div className={styles["skeleton-row"]} />
          <div className={styles["skeleton-row"]} />
        </div>
        <div className={styles["workspace-pane"]}>
          <p className={styles["skeleton-word"]}>{wording.workspace.opening(username)}</p>
        </div>
      </main>
    </div>
  );
}
