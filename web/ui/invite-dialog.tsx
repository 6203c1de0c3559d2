/** The invite link, to copy or to scan. */

import { useEffect, useId, useRef, useState } from "react";
import { inviteLink } from "../state/route.ts";
import { useApp } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { drawQrPath } from "./qr-path.ts";
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
          <QrCode link={link} username={username} />
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

/** The library that makes the code is loaded with the first one. */
function QrCode({ link, username }: { readonly link: string; readonly username: string }) {
  const [modules, setModules] = useState<boolean[][] | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    import("qr").then(({ encodeQR }) => setModules(encodeQR(link, "raw", { border: 1 }))).catch(() => setFailed(true));
  }, [link]);
  if (failed) return <p className={styles["dialog-text"]}>{wording.invite.qrFailed}</p>;
  const size = modules?.length ?? 1;
  return (
    <svg
      className={styles["dialog-qr"]}
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label={wording.invite.qr(username)}
      shapeRendering="crispEdges"
    >
      <path d={drawQrPath(modules ?? [])} />
    </svg>
  );
}
