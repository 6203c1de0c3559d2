/**
 * What is shown outside the page of an account in use: notifications while nobody looks at it, and what is unread in the
 * app's icon. Loaded when the page is at rest.
 */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { ConversationSummary } from "../engine/api.ts";
import type { AlertLevel, AlertPermission, AlertSurroundings, Attention } from "./ports.ts";
import type { Session } from "./session.ts";

/** Of the account in use. */
export interface Alerts {
  readonly level: AlertLevel;
  readonly permission: AlertPermission;
  /** The browser asked the person, who gave no answer. */
  readonly wasDismissed: boolean;
  /** Takes a level, and asks the person to allow notifications where that is not decided. */
  readonly choose: (level: AlertLevel) => Promise<void>;
}

interface AlertOptions {
  /** The session of the account in use; null for none. */
  readonly session: StoreApi<{ readonly current: Session | null }>;
  readonly attention: Attention;
  readonly surroundings: AlertSurroundings;
  /** The person chose a notification: shows this conversation. */
  readonly openConversation: (peer: string) => void;
}

/** Begins to follow the session, for as long as the page lives. */
export function beginAlerts({ session, attention, surroundings, openConversation }: AlertOptions): StoreApi<Alerts> {
  const store = createStore<Alerts>()((set) => ({
    level: "off",
    permission: surroundings.permission(),
    wasDismissed: false,
    async choose(level) {
      const username = session.getState().current?.username;
      if (username === undefined) return;
      const permission = level === "off" ? surroundings.permission() : await surroundings.ask();
      const taken = permission === "granted" ? level : "off";
      surroundings.keepLevel(username, taken);
      set({ level: taken, permission, wasDismissed: level !== "off" && permission === "default" });
    },
  }));
  let end: () => void = () => undefined;
  function follow() {
    end();
    const { current } = session.getState();
    store.setState({ level: current === null ? "off" : surroundings.level(current.username) });
    end = current === null ? () => undefined : followAccount(current, { attention, surroundings, store });
  }
  surroundings.onChosen((username, peer) => {
    if (session.getState().current?.username === username) openConversation(peer);
  });
  session.subscribe(follow);
  follow();
  return store;
}

interface Following {
  readonly attention: Attention;
  readonly surroundings: AlertSurroundings;
  readonly store: StoreApi<Alerts>;
}

/** Shows what comes in for one account; returns what ends that, and takes back what was shown. */
function followAccount({ username, account }: Session, { attention, surroundings, store }: Following): () => void {
  // What was unread before is no news.
  let known: ReadonlyMap<string, number> | null = null;
  const look = () => surroundings.look(username, attention.isVisible());
  function onView() {
    const { view } = account.getState();
    if (view?.phase === "removed") surroundings.keepLevel(username, "off");
    // Also what a page showed that has ended since.
    if (view?.phase === "removed" || view?.phase === "locked") {
      known = null;
      surroundings.showUnread(0);
      surroundings.takeBack(username, null);
    }
    // Of a backlog the end is told, not every message.
    if (view?.phase !== "ready" || view.catchingUp !== null) return;
    const { conversations } = view;
    const before = known;
    known = new Map(conversations.map(({ peer, unread }) => [peer, unread]));
    surroundings.showUnread(conversations.reduce((sum, { unread, isMuted }) => sum + (isMuted ? 0 : unread), 0));
    for (const conversation of conversations) {
      const { peer, unread } = conversation;
      const unreadBefore = before?.get(peer) ?? 0;
      if (unread === 0 && unreadBefore > 0) surroundings.takeBack(username, peer);
      if (before !== null && unread > unreadBefore) void tell(conversation);
    }
  }
  async function tell({ peer, lastText, isMuted, isRequest }: ConversationSummary) {
    const { level } = store.getState();
    if (isMuted) return;
    if (level === "off" || attention.isVisible() || (await surroundings.isLookedAt(username))) return;
    if (account.getState().view?.phase !== "ready") return;
    await surroundings.notify({ username, peer, text: level === "full" && !isRequest ? lastText : null });
  }
  const endings = [account.subscribe(onView), attention.subscribe(look)];
  look();
  onView();
  return () => {
    for (const end of endings) end();
    surroundings.look(username, false);
    surroundings.showUnread(0);
    // A locked account shows nothing, here neither.
    surroundings.takeBack(username, null);
  };
}
