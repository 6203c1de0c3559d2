/** Comparing safety numbers: the digits, the code for their camera, the reader of theirs, and what came of it. */

import { useEffect, useRef } from "react";
import { useStore } from "../state/store.ts";
import { createVerification, type VerificationResult } from "../state/verification.ts";
import type { SafetyNumberView } from "../state/views.ts";
import { useSession } from "./app-context.ts";
import { CodeScanner } from "./code-scanner.tsx";
import controls from "./controls.module.css";
import dialogStyles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { VerifiedIcon, WarningIcon } from "./icons.tsx";
import { QrCode } from "./qr-code.tsx";
import { SafetyDigits } from "./safety-digits.tsx";
import styles from "./verify-dialog.module.css";
import { ENGINE_GONE, wording } from "./wording.ts";
import { dialogWording, resultSentence } from "./wording-dialogs.ts";

interface VerifyDialogProps {
  readonly peer: string;
  readonly onClose: () => void;
}

export function VerifyDialog({ peer, onClose }: VerifyDialogProps) {
  const verification = useSession().part(createVerification);
  const { open, close: forget } = verification.getState();
  const shown = useStore(verification, (state) => state.shown);
  const result = useStore(verification, (state) => state.result);
  useEffect(() => {
    open(peer);
    return forget;
  }, [open, forget, peer]);
  const number = shown.kind === "number" ? shown.number : null;
  return (
    <Dialog title={dialogWording.verify.title(peer)} wide onClose={onClose}>
      {(close) => (
        <>
          <p className={dialogStyles["dialog-text"]}>
            {dialogWording.verify.explanation(peer)}{" "}
            {number?.changed === true && dialogWording.verify.explanationChanged}
          </p>
          {shown.kind === "asking" && <p className={controls["field-busy"]}>{dialogWording.verify.asking}</p>}
          {shown.kind === "none" && <p className={controls["field-busy"]}>{dialogWording.verify.none(peer)}</p>}
          {shown.kind === "engine-gone" && (
            <p role="alert" className={controls["field-error"]}>
              {ENGINE_GONE}
            </p>
          )}
          {number !== null && <Comparison peer={peer} number={number} result={result} />}
          <div className={dialogStyles["dialog-actions"]}>
            <button type="button" className={controls["button-quiet"]} onClick={close}>
              {wording.close}
            </button>
            {number !== null && <MarkButton verified={number.verified} />}
          </div>
        </>
      )}
    </Dialog>
  );
}

interface ComparisonProps {
  readonly peer: string;
  readonly number: SafetyNumberView;
  readonly result: VerificationResult | null;
}

function Comparison({ peer, number, result }: ComparisonProps) {
  return (
    <>
      <SafetyDigits digits={number.digits} />
      <QrCode text={number.code} label={dialogWording.verify.qr(peer)} failure={dialogWording.verify.qrFailed} />
      <CodeScanner />
      <Result peer={peer} result={result ?? (number.verified ? "marked" : null)} />
    </>
  );
}

const SUCCESSES: readonly VerificationResult[] = ["match", "marked"];
/** What a person must hear at once: somebody may stand in between. */
const DANGERS: readonly VerificationResult[] = ["mismatch", "outdated"];

function Result({ peer, result }: { readonly peer: string; readonly result: VerificationResult | null }) {
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (result !== null) line.current?.scrollIntoView({ block: "nearest" });
  }, [result]);
  const isDanger = result !== null && DANGERS.includes(result);
  return (
    <div ref={line} className={styles["verify-result"]}>
      <div role="status">
        {result !== null && !isDanger && (
          <p className={styles["verify-calm"]} data-success={SUCCESSES.includes(result)}>
            {SUCCESSES.includes(result) && <VerifiedIcon />}
            {resultSentence(peer, result)}
          </p>
        )}
      </div>
      {isDanger && (
        <p role="alert" className={styles["verify-danger"]}>
          <WarningIcon />
          {resultSentence(peer, result)}
        </p>
      )}
    </div>
  );
}

function MarkButton({ verified }: { readonly verified: boolean }) {
  const { setVerified, working } = useStore(useSession().part(createVerification));
  return (
    <button
      type="button"
      className={controls[verified ? "button-quiet" : "button-solid"]}
      aria-disabled={working}
      onClick={() => void setVerified(!verified)}
    >
      {verified ? dialogWording.verify.unmark : dialogWording.verify.mark}
    </button>
  );
}
