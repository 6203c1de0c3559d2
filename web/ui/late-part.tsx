/**
 * Shows something of a part that is loaded after the page, so that the page is there sooner: the open conversation, and
 * the dialogs with what is seldom on the page. They are fetched when the page has come to rest, since two people may meet
 * to compare safety numbers where there is no connection.
 */

import { type ReactNode, useEffect, useState } from "react";
import controls from "./controls.module.css";
import { Dialog } from "./dialog.tsx";
import { wording } from "./wording.ts";

/** After so long the page is taken to be at rest. */
const REST_MS = 4_000;

/** Something of the page that is loaded after it. */
export interface Part<Module> {
  readonly load: () => Promise<Module>;
  /** Null until it has come: from then on it is shown at once, so that no key pressed meanwhile is lost. */
  readonly loaded: () => Module | null;
  /** Fetches it before it is needed; a failure is met then. */
  readonly fetchAhead: () => void;
}

/** A part that comes of this import. */
export function partOf<Module>(fetchModule: () => Promise<Module>): Part<Module> {
  let loaded: Module | null = null;
  async function load() {
    loaded = await fetchModule();
    return loaded;
  }
  return { load, loaded: () => loaded, fetchAhead: () => void load().catch(() => undefined) };
}

export const DIALOGS = partOf(() => import("./dialogs.tsx"));

/** Fetches a part once the page is at rest. */
export function useAtRest({ fetchAhead }: Part<unknown>): void {
  useEffect(() => {
    const timer = setTimeout(fetchAhead, REST_MS);
    return () => clearTimeout(timer);
  }, [fetchAhead]);
}

interface LatePartProps<Module> {
  readonly part: Part<Module>;
  /** For what the person opened: it could not be shown, and they have read so. Without it that is said in its place. */
  readonly onClose?: () => void;
  readonly children: (module: Module) => ReactNode;
}

export function LatePart<Module>({ part, onClose, children }: LatePartProps<Module>) {
  const [shown, setShown] = useState<{ readonly module: Module | null } | null>(() => {
    const module = part.loaded();
    return module && { module };
  });
  useEffect(() => {
    if (shown !== null) return;
    let active = true;
    const show = (module: Module | null) => {
      if (active) setShown({ module });
    };
    part.load().then(show, () => show(null));
    return () => {
      active = false;
    };
  }, [part, shown]);
  if (shown === null) return null;
  if (shown.module !== null) return children(shown.module);
  return onClose === undefined ? (
    <p role="alert" className={controls["field-error"]}>
      {wording.partMissing}{" "}
      <button type="button" className={controls["button-quiet"]} onClick={() => setShown(null)}>
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
