/** The 60 digits in groups of five, as people read them to each other. */

import { groupDigits } from "./digit-groups.ts";
import styles from "./safety-digits.module.css";
import { dialogWording } from "./wording-dialogs.ts";

/** Screen readers find a list of twelve groups and speak each digit by digit, not as a number of five places. */
export function SafetyDigits({ digits }: { readonly digits: string }) {
  return (
    <ol className={styles["digits-grid"]} aria-label={dialogWording.verify.digits}>
      {groupDigits(digits).map(({ place, group }) => (
        <li key={place}>
          <span aria-hidden="true">{group}</span>
          <span className={`visually-hidden ${styles["digits-spoken"]}`}>{[...group].join(" ")}</span>
        </li>
      ))}
    </ol>
  );
}
