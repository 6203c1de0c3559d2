/** What the menu of a message does in the open conversation, and the dialogs that it opens. */

import { type RefObject, useMemo, useState } from "react";
import { createMessageActions } from "../state/message-actions.ts";
import { useSession } from "./app-context.ts";
import type { MessageMenuActions } from "./message-menu.tsx";
import type { TextMessage } from "./timeline.ts";
import { messageWording } from "./wording-messages.ts";

export type MessageDialog =
  | { readonly kind: "details"; readonly sequence: number }
  | { readonly kind: "remove"; readonly message: TextMessage }
  | { readonly kind: "forward"; readonly message: TextMessage };

interface UsedActions {
  readonly actions: MessageMenuActions;
  readonly dialog: MessageDialog | null;
  readonly closeDialog: () => void;
  /** What was done, for those who do not see it; empty for nothing. */
  readonly announced: string;
}

/** The same functions for as long as the conversation is open, so that its messages need not be drawn anew. */
export function useMessageActions(peer: string, box: RefObject<HTMLTextAreaElement | null>): UsedActions {
  const session = useSession();
  const [dialog, setDialog] = useState<MessageDialog | null>(null);
  const [announced, setAnnounced] = useState("");
  const actions = useMemo<MessageMenuActions>(() => {
    const { conversations } = session;
    const store = session.part(createMessageActions);
    // After the menu has given the focus back to its button.
    const focusBox = () => queueMicrotask(() => box.current?.focus());
    return {
      reply({ sequence, direction, text }) {
        store.getState().edit(null);
        conversations.getState().answer(peer, { sequence, direction, text });
        focusBox();
      },
      edit({ sequence, text }) {
        conversations.getState().answer(peer, null);
        store.getState().edit({ peer, sequence, text });
        focusBox();
      },
      react: (sequence, emoji) => void store.getState().change(peer, sequence, { kind: "reaction", emoji }),
      copy(text) {
        navigator.clipboard.writeText(text).then(
          () => setAnnounced(messageWording.copied),
          () => setAnnounced(messageWording.copyFailed),
        );
      },
      forward: (message) => setDialog({ kind: "forward", message }),
      showDetails: (sequence) => setDialog({ kind: "details", sequence }),
      remove: (message) => setDialog({ kind: "remove", message }),
      go: (sequence) => conversations.getState().showMessage(peer, sequence),
    };
  }, [session, peer, box]);
  return { actions, dialog, closeDialog: () => setDialog(null), announced };
}
