/** Loads the page anew, in the newest version that is here. */

import { useApp } from "./app-context.ts";
import controls from "./controls.module.css";
import { wording } from "./wording.ts";

export function ReloadButton() {
  const { reload } = useApp();
  return (
    <button type="button" className={controls["button-solid"]} onClick={reload}>
      {wording.reload}
    </button>
  );
}
