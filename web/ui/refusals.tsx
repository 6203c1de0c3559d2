/** Why a conversation was not started, or a message not sent, beside its box. Loaded apart, as most are. */

import type { StartRefusal as Refusal } from "../state/account.ts";
import type { SendProblem } from "../state/conversations.ts";
import controls from "./controls.module.css";
import { SEND_PROBLEMS, startSentence } from "./wording-refusals.ts";

interface StartRefusalProps {
  /** Of the field that it is about. */
  readonly id: string;
  readonly refusal: Refusal;
}

export function StartRefusal({ id, refusal }: StartRefusalProps) {
  return <Refused id={id} sentence={startSentence(refusal)} />;
}

interface SendRefusalProps {
  /** Of the box that it is about. */
  readonly id: string;
  readonly problem: SendProblem;
}

export function SendRefusal({ id, problem }: SendRefusalProps) {
  return <Refused id={id} sentence={SEND_PROBLEMS[problem]} />;
}

function Refused({ id, sentence }: { readonly id: string; readonly sentence: string }) {
  return (
    <p id={id} role="alert" className={controls["field-error"]}>
      {sentence}
    </p>
  );
}
