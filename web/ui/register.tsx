/** The button that registers an account from its own page, with what came of it. */

import { useStore } from "../state/store.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { wording } from "./wording.ts";
import { createAnyway, registrationSentence, TRY_AGAIN } from "./wording-registration.ts";

/** `isNew` where this device has no such account yet, else its keys are here and the relay lacks them. */
export function Register({ isNew }: { readonly isNew: boolean }) {
  const { username, account } = useSession();
  const { registering, registration, register } = useStore(account);
  return (
    <>
      <button
        type="button"
        className={controls["button-solid"]}
        aria-disabled={registering}
        onClick={() => void register()}
      >
        {isNew ? createAnyway(username) : TRY_AGAIN}
      </button>
      {(registering || registration !== null) && (
        <div role="alert" className={controls["field-wide"]}>
          {registering && <p className={controls["field-busy"]}>{wording.makingKeys}</p>}
          {registration !== null && (
            <p className={controls["field-error"]}>{registrationSentence(username, registration)}</p>
          )}
        </div>
      )}
    </>
  );
}
