/** Above the box: what the text answers or changes, and why the last change of a message was not made. */

import type { Answered } from "../state/conversations.ts";
import { createMessageActions } from "../state/message-actions.ts";
import { useStore } from "../state/store.ts";
import { useSession } from "./app-context.ts";
import styles from "./composer-bar.module.css";
import controls from "./controls.module.css";
import { CloseIcon } from "./late-icons.tsx";
import { wording } from "./wording.ts";
import { changeProblem, messageWording, nameOf } from "./wording-messages.ts";

interface ComposerBarProps {
  readonly peer: string;
  readonly answered: Answered | null;
  readonly isEditing: boolean;
  readonly onLeave: () => void;
}

export function ComposerBar({ peer, answered, isEditing, onLeave }: ComposerBarProps) {
  const problem = useStore(useSession().part(createMessageActions), (actions) => actions.problem);
  return (
    <>
      {problem?.peer === peer && (
        <p role="alert" className={controls["field-error"]}>
          {changeProblem(problem.kind)}
        </p>
      )}
      {(isEditing || answered !== null) && (
        <div className={styles["bar-about"]}>
          <p className={styles["bar-text"]}>
            <b>
              {isEditing || answered === null
                ? messageWording.editing
                : messageWording.answering(nameOf(answered.direction, peer, wording.conversation.you))}
            </b>
            {!isEditing && answered !== null && <span dir="auto">{answered.text}</span>}
          </p>
          <button
            type="button"
            className={controls["button-icon"]}
            aria-label={isEditing ? messageWording.stopEditing : messageWording.stopAnswering}
            onClick={onLeave}
          >
            <CloseIcon />
          </button>
        </div>
      )}
    </>
  );
}
