/** The way out for an account that cannot be opened: removing it from this device. */

import { useState } from "react";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { DIALOGS, LatePart } from "./late-part.tsx";
import { menuWording } from "./wording-dialogs.ts";

export function RemoveHere() {
  const { username } = useSession();
  const [removing, setRemoving] = useState(false);
  const close = () => setRemoving(false);
  return (
    <>
      <button type="button" className={controls["button-quiet"]} onClick={() => setRemoving(true)}>
        {menuWording.remove}
      </button>
      {removing && (
        <LatePart part={DIALOGS} onClose={close}>
          {({ RemoveDialog }) => <RemoveDialog username={username} isShut onClose={close} />}
        </LatePart>
      )}
    </>
  );
}
