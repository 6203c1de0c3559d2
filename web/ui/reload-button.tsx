/** Loads the page anew. */

import controls from "./controls.module.css";
import { wording } from "./wording.ts";

export function ReloadButton() {
  return (
    <button type="button" className={controls["button-solid"]} onClick={() => location.reload()}>
      {wording.reload}
    </button>
  );
}
