/** Something that the person should know about an account that is in use. */

import type { AccountProblem } from "../state/views.ts";
import { ReloadButton } from "./reload-button.tsx";
import { PROBLEMS } from "./wording-account.ts";
import styles from "./workspace.module.css";

/** What another start does not mend. */
const NOT_FOR_RELOADING: ReadonlySet<AccountProblem> = new Set(["name-lost", "storage-full", "records-damaged"]);

export function ProblemBanner({ problem }: { readonly problem: AccountProblem }) {
  return (
    <div className={styles["workspace-problem"]} role="alert">
      <p>{PROBLEMS[problem]}</p>
      {!NOT_FOR_RELOADING.has(problem) && <ReloadButton />}
    </div>
  );
}
