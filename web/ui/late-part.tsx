/**
 * Shows something of the part that is loaded after the page, so that the page is there sooner: dialogs, and what is seldom
 * on it. It is fetched when the page has come to rest, since two people may meet to compare safety numbers where there is
 * no connection.
 */

import { type ReactNode, useEffect, useState } from "react";
import controls from "./controls.module.css";
import { Dialog } from "./dialog.tsx";
import { wording } from "./wording.ts";

type Dialogs = typeof import("./dialogs.tsx");

/** After so long the page is taken to be at rest. */
const REST_MS = 4_000;

const load = (): Promise<Dialogs> => import("./dialogs.tsx");

/** Fetches the dialogs once the page is at rest; a failure is met when one is opened. */
export function useDialogsAtRest(): void {
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => undefined), REST_MS);
    return () => clearTimeout(timer);
  }, []);
}

interface LatePartProps {
  /** For what the person opened: it could not be shown, and they have read so. Without it that is said in its place. */
  readonly onClose?: () => void;
  readonly children: (dialogs: Dialogs) => ReactNode;
}

export function LatePart({ onClose, children }: LatePartProps) {
  const [dialogs, setDialogs] = useState<Dialogs | "missing" | null>(null);
  useEffect(() => {
    if (dialogs !== null) return;
    let active = true;
    const show = (loaded: Dialogs | "missing") => {
      if (active) setDialogs(loaded);
    };
    load().then(show, () => show("missing"));
    return () => {
      active = false;
    };
  }, [dialogs]);
  if (dialogs === null) return null;
  if (dialogs !== "missing") return children(dialogs);
  return onClose === undefined ? (
    <p role="alert" className={controls["field-error"]}>
      {wording.partMissing}{" "}
      <button type="button" className={controls["button-quiet"]} onClick={() => setDialogs(null)}>
        {wording.tryAgain}
      </button>
    </p>
  ) : (
    <MissingPart onClose={onClose} />
  );
}

function MissingPart({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title={wording.brand} onClose={onClose}>
      {(close) => (
        <>
          <p role="alert" className={controls["field-error"]}>
            {wording.partMissing}
          </p>
          <button type="button" className={controls["button-quiet"]} onClick={close}>
            {wording.close}
          </button>
        </>
      )}
    </Dialog>
  );
}
