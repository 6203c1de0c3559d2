/** Why a conversation was not started, below the field for it. Loaded apart, as most are. */

import type { StartRefusal as Refusal } from "../state/account.ts";
import controls from "./controls.module.css";
import { startSentence } from "./wording-start-refusal.ts";

interface StartRefusalProps {
  /** Of the field that it is about. */
  readonly id: string;
  readonly refusal: Refusal;
}

export function StartRefusal({ id, refusal }: StartRefusalProps) {
  return (
    <p id={id} role="alert" className={controls["field-error"]}>
      {startSentence(refusal)}
    </p>
  );
}
