/** Making an account from the start page: one attempt at a time, and what came of the last one. */

import { createStore, type StoreApi } from "zustand/vanilla";
import { type EngineApi, isUsername, type RegisterOutcome } from "../engine/api.ts";
import { readTypedInvite } from "./invite-code.ts";
import type { AttachEngine, Attached, AttachFailure } from "./ports.ts";
import { readTypedUsername } from "./typed-username.ts";

/** What an attempt to register came to; `engine-gone` is when no engine answered. */
export type Registration = RegisterOutcome | { readonly kind: "engine-gone" };

export interface Creation {
  /** The name being registered now, or null. */
  readonly working: string | null;
  /** The last attempt that did not succeed, and its name; null once another begins. */
  readonly refusal: { readonly username: string; readonly registration: Registration } | null;
  /** What is in the box for an invite code; null until the relay has asked for one, or the address has brought one. */
  readonly invite: string | null;
  readonly create: (typed: string) => Promise<void>;
  readonly setInvite: (typed: string) => void;
  /** Forgets the last attempt. */
  readonly clear: () => void;
}

export type AttachedEngine = Extract<Attached<EngineApi>, { kind: "attached" }>;

interface CreationOptions {
  /** The code that the address has brought. */
  readonly invite: string | null;
  readonly attachEngine: AttachEngine;
  readonly onObstacle: (reason: AttachFailure) => void;
  /** The account is in use; its engine is handed over with it. */
  readonly onRegistered: (username: string, engine: AttachedEngine) => void;
}

export function createCreation({
  invite,
  attachEngine,
  onObstacle,
  onRegistered,
}: CreationOptions): StoreApi<Creation> {
  return createStore<Creation>()((set, get) => ({
    working: null,
    refusal: null,
    invite,
    clear: () => set({ refusal: null }),
    setInvite: (typed) => set({ invite: typed, refusal: null }),
    async create(typed) {
      if (get().working !== null) return;
      const username = readTypedUsername(typed);
      set({ working: username, refusal: null });
      const refuse = (registration: Registration) => set({ working: null, refusal: { username, registration } });
      // No engine is started, and no database made, for what cannot be a name.
      if (!isUsername(username)) return refuse({ kind: "username-invalid" });
      const attached = await attachEngine(username).catch(() => null);
      if (attached === null) return refuse({ kind: "engine-gone" });
      if (attached.kind === "failed") {
        set({ working: null });
        return onObstacle(attached.reason);
      }
      const code = readTypedInvite(get().invite);
      const registration = await attached.api.register(code).catch(() => ({ kind: "engine-gone" }) as const);
      if (registration.kind === "registered") {
        set({ working: null, invite: null });
        return onRegistered(username, attached);
      }
      if (registration.kind === "invite-required") set({ invite: get().invite ?? "" });
      attached.detach();
      return refuse(registration);
    },
  }));
}
