/** What others learn: each word of it can be switched off. */

import { createConversationSettings } from "../state/conversation-settings.ts";
import { createPrivacy } from "../state/privacy.ts";
import { useStore } from "../state/store.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import styles from "./dialog.module.css";
import { Dialog } from "./dialog.tsx";
import { NOT_READY, wording } from "./wording.ts";
import { conversationWording } from "./wording-conversation.ts";
import { privacyWording } from "./wording-privacy.ts";

const NOBODY: readonly string[] = [];

export function PrivacyDialog({ onClose }: { readonly onClose: () => void }) {
  const session = useSession();
  const stored = useStore(session.account, ({ view }) => view?.settings ?? null);
  const blocked = useStore(session.account, ({ view }) => view?.blocked ?? NOBODY);
  const unblock = useStore(session.part(createConversationSettings), (part) => part.change);
  const { chosen, change, hasFailed } = useStore(session.part(createPrivacy));
  const settings = stored && (chosen ?? stored);
  return (
    <Dialog title={privacyWording.title} onClose={onClose}>
      {(close) => (
        <>
          {settings !== null &&
            (["readReceipts", "typing"] as const).map((name) => (
              <label key={name} className={styles["dialog-choice"]}>
                <input
                  type="checkbox"
                  checked={settings[name]}
                  onChange={(event) => void change({ ...settings, [name]: event.target.checked })}
                />
                <span>
                  <b className={styles["dialog-name"]}>{privacyWording[name].label}</b>
                  {privacyWording[name].hint}
                </span>
              </label>
            ))}
          <h3 className={styles["dialog-name"]}>{conversationWording.blockedTitle}</h3>
          {blocked.length === 0 && <p className={styles["dialog-text"]}>{conversationWording.nobodyBlocked}</p>}
          <ul className={styles["dialog-people"]}>
            {blocked.map((peer) => (
              <li key={peer}>
                {peer}
                <button
                  type="button"
                  className={controls["button-quiet"]}
                  aria-label={`${conversationWording.unblock} ${peer}`}
                  onClick={() => void unblock(peer, { kind: "block", on: false })}
                >
                  {conversationWording.unblock}
                </button>
              </li>
            ))}
          </ul>
          {(settings === null || hasFailed) && (
            <p role="alert" className={controls["field-error"]}>
              {NOT_READY}
            </p>
          )}
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
