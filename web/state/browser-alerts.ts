/** The browser's notifications and the app's icon, as the state's port. Loaded with alerts.ts. */
import { localStorageOf } from "./browser.ts";
import type { AlertLevel, AlertPermission, AlertSurroundings } from "./ports.ts";
import { accountPath } from "./route.ts";

const ICON = "/icon-192.png";
const UNREAD_ICON = "/icon-unread.svg";

/** `newMessage` is said where neither who wrote nor what may be shown. */
export function createBrowserAlerts(window: Window, newMessage: string): AlertSurroundings {
  const { navigator, document } = window;
  const registration = async () => (await navigator.serviceWorker?.getRegistration()) ?? null;
  const levelKey = (username: string) => `sotto/notifications/${username}`;
  const tagOf = (username: string, peer: string) => `sotto/${username}/${peer}`;
  const looks = createLooks(navigator.locks);
  const pageIcon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const plainIcon = pageIcon?.getAttribute("href") ?? "";
  return {
    permission,
    async ask() {
      if (permission() === "default") await Notification.requestPermission();
      return permission();
    },
    level: (username) => toLevel(localStorageOf(window)?.getItem(levelKey(username)) ?? null),
    keepLevel(username, level) {
      try {
        if (level === "off") localStorageOf(window)?.removeItem(levelKey(username));
        else localStorageOf(window)?.setItem(levelKey(username), level);
      } catch {
        // It is full: the choice holds for as long as the page does.
      }
    },
    async notify({ username, peer, text }) {
      const options = {
        tag: tagOf(username, peer),
        icon: ICON,
        body: text ?? newMessage,
        data: { path: accountPath(username), username, peer },
      };
      // What is no longer allowed is not shown; that is seen where it is chosen.
      await (await registration())?.showNotification(text === null ? "Sotto" : peer, options).catch(() => undefined);
    },
    async takeBack(username, peer) {
      const shown = (await (await registration())?.getNotifications()) ?? [];
      for (const notification of shown) {
        const { tag } = notification;
        if (peer === null ? tag.startsWith(tagOf(username, "")) : tag === tagOf(username, peer)) notification.close();
      }
    },
    showUnread(count) {
      pageIcon?.setAttribute("href", count === 0 ? plainIcon : UNREAD_ICON);
      const shown = count === 0 ? navigator.clearAppBadge?.() : navigator.setAppBadge?.(count);
      // Only what is installed has a badge.
      shown?.catch(() => undefined);
    },
    look: looks.look,
    isLookedAt: looks.isLookedAt,
    onChosen(callback) {
      navigator.serviceWorker?.addEventListener("message", ({ data }) => {
        if (data?.kind !== "sotto/open" || typeof data.peer !== "string") return;
        callback(data.username, data.peer);
      });
    },
  };
}

function permission(): AlertPermission {
  // Phones show those of a service worker only, and so do we.
  const isThere = typeof Notification !== "undefined" && navigator.serviceWorker !== undefined;
  return isThere ? Notification.permission : "missing";
}

function toLevel(kept: string | null): AlertLevel {
  return kept === "discreet" || kept === "full" ? kept : "off";
}

/** Tabs of an account that are on the screen share a Web Lock, by which the others know of them. */
function createLooks(locks: LockManager): Pick<AlertSurroundings, "look" | "isLookedAt"> {
  const nameOf = (username: string) => `sotto/looked-at/${username}`;
  let looking: string | null = null;
  let end: () => void = () => undefined;
  return {
    look(username, isLooking) {
      if (looking !== null && (looking !== username || !isLooking)) {
        looking = null;
        end();
      }
      if (!isLooking || looking === username) return;
      looking = username;
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      locks.request(nameOf(username), { mode: "shared" }, () => ended).catch(() => undefined);
    },
    async isLookedAt(username) {
      const { held = [] } = await locks.query();
      return held.some(({ name }) => name === nameOf(username));
    },
  };
}
