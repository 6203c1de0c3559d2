/** What a browser shows outside the page, kept for a test to look at. */
import type { AlertLevel, AlertPermission, AlertSurroundings } from "../ports.ts";

export interface FakeAlerts extends AlertSurroundings {
  /** What is shown now: "bob: hello", or "bob" where nothing may be told. */
  readonly shown: () => readonly string[];
  readonly unread: () => number;
  /** What the person answers when asked. */
  answer: AlertPermission;
  /** Whether another tab of the account is on the screen. */
  lookedAtElsewhere: boolean;
  readonly levels: Map<string, AlertLevel>;
  /** The person chooses a notification. */
  readonly chooseNotification: (username: string, peer: string) => void;
}

export function createFakeAlerts(): FakeAlerts {
  const shown = new Map<string, string>();
  const levels = new Map<string, AlertLevel>();
  let permission: AlertPermission = "default";
  let unread = 0;
  let looking = false;
  let onChosen: (username: string, peer: string) => void = () => undefined;
  const fake: FakeAlerts = {
    answer: "granted",
    lookedAtElsewhere: false,
    levels,
    shown: () => [...shown.values()],
    unread: () => unread,
    chooseNotification: (username, peer) => onChosen(username, peer),
    permission: () => permission,
    async ask() {
      if (permission === "default") permission = fake.answer;
      return permission;
    },
    level: (username) => levels.get(username) ?? "off",
    keepLevel: (username, level) => void levels.set(username, level),
    async notify({ username, peer, text }) {
      shown.set(`${username}/${peer}`, text === null ? peer : `${peer}: ${text}`);
    },
    takeBack(username, peer) {
      for (const key of [...shown.keys()]) {
        if (peer === null ? key.startsWith(`${username}/`) : key === `${username}/${peer}`) shown.delete(key);
      }
    },
    showUnread(count) {
      unread = count;
    },
    look(_username, isLooking) {
      looking = isLooking;
    },
    isLookedAt: async () => looking || fake.lookedAtElsewhere,
    onChosen(callback) {
      onChosen = callback;
    },
  };
  return fake;
}
