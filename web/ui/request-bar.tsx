/** Above the box, or in its place: a request that waits for an answer, somebody who is blocked, and what could not be set. */

import { useState } from "react";
import { createConversationSettings } from "../state/conversation-settings.ts";
import { useStore } from "../state/store.ts";
import type { ConversationSummary } from "../state/views.ts";
import { useSession } from "./app-context.ts";
import controls from "./controls.module.css";
import { type ConversationDialog, ConversationDialogs } from "./conversation-dialogs.tsx";
import styles from "./request-bar.module.css";
import { conversationWording, settingProblem } from "./wording-conversation.ts";

export function RequestBar({ summary }: { readonly summary: ConversationSummary }) {
  const { peer, isRequest, isBlocked } = summary;
  const { change, problem } = useStore(useSession().part(createConversationSettings));
  const [dialog, setDialog] = useState<ConversationDialog | null>(null);
  return (
    <>
      {problem?.peer === peer && (
        <p role="alert" className={`${controls["field-error"]} ${styles["request-problem"]}`}>
          {settingProblem(problem.kind)}
        </p>
      )}
      {isBlocked && (
        <section className={styles["request-bar"]}>
          <p>{conversationWording.blocked(peer)}</p>
          <div className={styles["request-choices"]}>
            <button
              type="button"
              className={controls["button-quiet"]}
              onClick={() => void change(peer, { kind: "block", on: false })}
            >
              {conversationWording.unblock}
            </button>
          </div>
        </section>
      )}
      {isRequest && (
        <section className={styles["request-bar"]}>
          <p>
            <b>{conversationWording.request(peer)}</b> {conversationWording.requestHint}
          </p>
          <div className={styles["request-choices"]}>
            <button
              type="button"
              className={controls["button-solid"]}
              onClick={() => void change(peer, { kind: "accept" })}
            >
              {conversationWording.accept}
            </button>
            <button type="button" className={controls["button-quiet"]} onClick={() => setDialog("block")}>
              {conversationWording.block}
            </button>
            <button type="button" className={controls["button-quiet"]} onClick={() => setDialog("delete")}>
              {conversationWording.deleteShort}
            </button>
          </div>
        </section>
      )}
      <ConversationDialogs summary={summary} dialog={dialog} onClose={() => setDialog(null)} />
    </>
  );
}
