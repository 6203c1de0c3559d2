/** The invite link, to copy or to scan. */

import { useId, useRef, useState } from "react";
import { inviteLink } from "../state/route.ts";
import { useApp } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { QrCode } from "./qr-code.tsx";
import { wording } from "./wording.ts";

interface InviteDialogProps {
  readonly username: string;
  readonly onClose: () => void;
}

export function InviteDialog({ username, onClose }: InviteDialogProps) {
  const link = inviteLink(useApp().origin, username);
  return (
    <Dialog title={wording.invite.title} onClose={onClose}>
      {(close) => (
        <>
          <p className={styles["dialog-text"]}>{wording.invite.explanation(username)}</p>
          <QrCode text={link} label={wording.invite.qr(username)} failure={wording.invite.qrFailed} />
          <CopyLink link={link} />
          <div className={styles["dialog-actions"]}>
            <button type="button" className={controls["button-quiet"]} onClick={close}>
              {wording.close}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function CopyLink({ link }: { readonly link: string }) {
  const [outcome, setOutcome] = useState<"none" | "copied" | "failed">("none");
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      setOutcome("copied");
    } catch {
      field.current?.select();
      setOutcome("failed");
    }
  };
  return (
    <div>
      <label className={controls["field-label"]} htmlFor={id}>
        {wording.invite.link}
      </label>
      <div className={controls["field-row"]}>
        <input id={id} ref={field} className={controls["field-box"]} value={link} readOnly />
        <button type="button" className={controls["button-solid"]} onClick={() => void copy()}>
          {outcome === "copied" ? wording.invite.copied : wording.invite.copy}
        </button>
      </div>
      {outcome === "failed" && (
        <p role="alert" className={controls["field-hint"]}>
          {wording.invite.copyFailed}
        </p>
      )}
    </div>
  );
}
