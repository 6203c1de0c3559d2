/** The sentences about notifications. */

import type { AlertLevel, AlertPermission } from "../state/ports.ts";

export const NEW_MESSAGE = "New message";

export const alertWording = {
  title: "Notifications",
  what: "When a message comes while Sotto is open, but not on the screen:",
  limits: [
    "Your browser and system show it, and may keep it: on a locked screen others can read it.",
    "Nothing is pushed through anybody’s servers, so nothing is shown while Sotto is closed.",
  ],
  legend: "What is shown",
} as const;

export const ALERT_LEVELS: Readonly<Record<AlertLevel, string>> = {
  off: "Nothing",
  discreet: "That there is a new message",
  full: "Who wrote, and what",
};

/** Why nothing is shown although it was asked for; null where nothing is in the way. */
export function alertObstacle(permission: AlertPermission, wasDismissed: boolean): string | null {
  switch (permission) {
    case "denied":
      return "This browser lets Sotto show no notifications. Allow them for this site in the browser’s settings, then choose again.";
    case "missing":
      return "This browser has no notifications for Sotto. Installing the app may bring them.";
    case "default":
      return wasDismissed ? "The browser’s question was closed. Choose again, and allow notifications." : null;
    case "granted":
      return null;
  }
}
