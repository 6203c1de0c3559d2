/**
 * Whether the other is who they seem to be: the safety number while it is being compared, what came of comparing it,
 * and the decision about a key that has changed.
 */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { CodeComparison, EngineApi, IdentityDecision, PeerIdentity, SafetyNumberView } from "../engine/api.ts";
import { ask } from "./account.ts";
import type { Conversations } from "./conversations.ts";

/** Why no code was read at all. */
export type ReadingProblem = "no-code" | "not-a-picture" | "camera-refused" | "camera-missing" | "reader-missing";

/** What the last attempt to verify came to. */
export type VerificationResult =
  | CodeComparison["kind"]
  | ReadingProblem
  /** The person compared the digits and said so. */
  | "marked"
  /** The digits have changed while they were being compared. */
  | "outdated"
  | "engine-gone";

/** The safety number as far as it is known. */
export type ShownNumber =
  | { readonly kind: "asking" }
  | { readonly kind: "number"; readonly number: SafetyNumberView }
  /** No key of the other is known yet. */
  | { readonly kind: "none" }
  | { readonly kind: "engine-gone" };

export interface Decision {
  readonly peer: string;
  readonly state: "working" | "outdated" | "not-ready" | "engine-gone";
}

export interface Verification {
  /** Whose safety number is being compared; null for nobody's. */
  readonly peer: string | null;
  readonly shown: ShownNumber;
  readonly result: VerificationResult | null;
  /** A code or a mark is with the engine; until it answers no other is taken. */
  readonly working: boolean;
  /** The decision that is being made, or was not; null when there is none to speak of. */
  readonly decision: Decision | null;
  readonly open: (peer: string) => void;
  readonly close: () => void;
  /** Compares the text of a code that was read. */
  readonly compare: (code: string) => Promise<void>;
  readonly reportProblem: (problem: ReadingProblem) => void;
  /** Another attempt begins. */
  readonly clearResult: () => void;
  /** Marks the number that is shown as compared, or takes that back. */
  readonly setVerified: (verified: boolean) => Promise<void>;
  readonly decide: (peer: string, change: string, decision: IdentityDecision) => Promise<void>;
}

/** What is shown before anything is open. */
const NOTHING = { peer: null, shown: { kind: "asking" }, result: null, working: false } as const;

interface Access {
  readonly get: () => Verification;
  readonly set: (change: Partial<Verification>) => void;
}

/** Follows the open conversation of `conversations`, so that no number is compared that is no longer true. */
export function createVerification(
  engine: Promise<EngineApi | null>,
  conversations: StoreApi<Conversations>,
): StoreApi<Verification> {
  const access: Access = { get: () => store.getState(), set: (change) => store.setState(change) };
  const { load, ...actions } = createComparison(engine, access);
  const store: StoreApi<Verification> = createStore<Verification>()((set, get) => ({
    ...NOTHING,
    ...actions,
    decision: null,
    async decide(peer, change, decision) {
      if (get().decision?.state === "working") return;
      set({ decision: { peer, state: "working" } });
      const outcome = await ask(engine, (api) => api.decideIdentity(peer, change, decision));
      const state = outcome?.kind ?? "engine-gone";
      set({ decision: state === "done" ? null : { peer, state } });
    },
  }));
  conversations.subscribe(({ view }, { view: before }) => {
    const { peer, decision } = store.getState();
    if (view === null) return;
    if (view.peer === peer && !isSameIdentity(view.identity, before?.identity)) void load();
    const isDecided = decision?.peer === view.peer && decision.state !== "working" && view.identity.kind !== "changed";
    if (isDecided) store.setState({ decision: null });
  });
  return store;
}

type Comparing = "open" | "close" | "compare" | "reportProblem" | "clearResult" | "setVerified";

/** The actions of comparing, and `load`, which asks for the open peer's number. */
function createComparison(
  engine: Promise<EngineApi | null>,
  { get, set }: Access,
): Pick<Verification, Comparing> & { readonly load: () => Promise<void> } {
  let opening = 0;
  let loading = 0;

  async function load(): Promise<void> {
    const { peer } = get();
    if (peer === null) return;
    loading += 1;
    const own = [opening, loading] as const;
    const answer = await ask(engine, async (api) => ({ number: await api.safetyNumber(peer) }));
    if (own[0] !== opening || own[1] !== loading) return;
    const { shown: before, result } = get();
    const shown = toShown(answer);
    set({ shown, result: isOtherNumber(before, shown) ? "outdated" : result });
  }

  /** Asks the engine about the open peer; an answer that the person no longer waits for changes nothing. */
  async function attempt(question: (api: EngineApi, peer: string) => Promise<VerificationResult | null>) {
    const { peer, working } = get();
    if (peer === null || working) return;
    const own = opening;
    set({ working: true, result: null });
    const answer = await ask(engine, async (api) => ({ result: await question(api, peer) }));
    if (own !== opening) return;
    set({ working: false, result: answer === null ? "engine-gone" : answer.result });
    await load();
  }

  return {
    load,
    open(peer) {
      opening += 1;
      set({ ...NOTHING, peer });
      void load();
    },
    close() {
      opening += 1;
      set(NOTHING);
    },
    compare: (code) => attempt(async (api, peer) => (await api.compareCode(peer, code)).kind),
    reportProblem: (result) => set({ result }),
    clearResult: () => set({ result: null }),
    async setVerified(verified) {
      const { shown } = get();
      if (shown.kind !== "number") return;
      await attempt(async (api, peer) => {
        const { kind } = await api.setVerified(peer, shown.number.digits, verified);
        if (kind !== "done") return kind;
        return verified ? "marked" : null;
      });
    },
  };
}

function toShown(answer: { readonly number: SafetyNumberView | null } | null): ShownNumber {
  if (answer === null) return { kind: "engine-gone" };
  return answer.number === null ? { kind: "none" } : { kind: "number", number: answer.number };
}

function isOtherNumber(shown: ShownNumber, next: ShownNumber): boolean {
  return shown.kind === "number" && next.kind === "number" && shown.number.digits !== next.number.digits;
}

function isSameIdentity(one: PeerIdentity, other: PeerIdentity | undefined): boolean {
  if (one.kind !== "changed" || other?.kind !== "changed") return one.kind === other?.kind;
  return one.change === other.change;
}
