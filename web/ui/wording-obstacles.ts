/** What to say when this browser, or this build of the page, cannot go on. */

import type { AttachFailure } from "../state/ports.ts";
import type { PageText } from "./wording.ts";

export const OBSTACLE_PAGES: Readonly<Record<AttachFailure, PageText>> = {
  "insecure-context": {
    title: "This page needs HTTPS",
    sentences: [
      "Over plain HTTP from another machine, browsers switch off the cryptography that Sotto is made of.",
      "Open it by an https:// address, or on the relay’s own machine by http://localhost.",
      "If you host this relay: the README has a Caddyfile of a few lines that puts HTTPS in front of it.",
    ],
  },
  "no-worker": {
    title: "This browser is too old",
    sentences: ["Sotto needs background workers and Web Locks. Please update this browser, or use another one."],
  },
  "other-version": {
    title: "Sotto was updated",
    sentences: ["This page and the part that holds your keys are of different versions. Reload to use the new one."],
  },
};
