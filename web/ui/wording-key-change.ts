/** The sentences about an identity key that has changed, and what one decides about it. */

import type { Decision } from "../state/verification.ts";
import { ENGINE_GONE, NOT_READY } from "./wording.ts";

export const keyChangeWording = {
  title: (peer: string) => `The identity key of ${peer} has changed.`,
  reasons: (peer: string) =>
    `That happens when ${peer} renews their keys, or begins anew on another device or in another browser. It also happens when somebody gets in between. Ask ${peer} in another way, best by comparing safety numbers, before you decide.`,
  signed: "Their earlier key confirms the new one. Somebody who copied the earlier key could do that too.",
  wasVerified: "You had verified the earlier key; that no longer holds.",
  waiting: (count: number) =>
    `If you accept it, ${count === 1 ? "1 waiting message" : `${count} waiting messages`} will be sent under it.`,
  compare: "Compare safety numbers",
  accept: "Accept the new key",
  keep: "Keep the earlier key",
  keepEffect:
    "If you keep the earlier key, what comes under the new one is refused until you start the conversation again.",
} as const;

export const DECISION_PROBLEMS: Readonly<Record<Exclude<Decision["state"], "working">, string>> = {
  outdated: "The key has changed once more meanwhile. Look again, then decide.",
  "not-ready": NOT_READY,
  "engine-gone": ENGINE_GONE,
};
