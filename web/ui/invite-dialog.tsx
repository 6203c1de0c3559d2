/** The invite link, to copy or to scan. */

import { useId, useRef, useState } from "react";
import { inviteLink } from "../state/route.ts";
import { useApp } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { QrCode } from "./qr-code.tsx";
import { wording } from "./wording.ts";
import { dialogWording } from "./wording-dialogs.ts";

interface InviteDialogProps {
  readonly username: string;
  readonly onClose: () => void;
}

export function InviteDialog({ username, onClose }: InviteDialogProps) {
  const link = inviteLink(useApp().origin, username);
  return (
    <Dialog title={dialogWording.invite.title} onClose={onClose}>
      {(close) => (
        <>
          <p className={styles["dialog-text"]}>{dialogWording.invite.explanation(username)}</p>
          <QrCode text={link} label={dialogWording.invite.qr(username)} failure={dialogWording.invite.qrFailed} />
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
        {dialogWording.invite.link}
      </label>
      <div className={controls["field-row"]}>
        <input id={id} ref={field} className={controls["field-box"]} value={link} readOnly />
        <button type="button" className={controls["button-solid"]} onClick={() => void copy()}>
          {outcome === "copied" ? dialogWording.invite.copied : dialogWording.invite.copy}
        </button>
      </div>
      {outcome === "failed" && (
        <p role="alert" className={controls["field-hint"]}>
          {dialogWording.invite.copyFailed}
        </p>
      )}
    </div>
  );
}
