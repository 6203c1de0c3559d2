/** What can happen between two devices, and arbitrary runs of it. */
import fc from "fast-check";

export type Side = "alice" | "bob";

export type Operation =
  /**
   * A text is encrypted. "unconfirmed": sent, but the sender does not know and will send it again; "not-sent": a crash
   * after storing; "not-stored": a crash before it.
   */
  | { readonly kind: "send"; readonly by: Side; readonly fate: "sent" | "unconfirmed" | "not-sent" | "not-stored" }
  /** A session is begun though there may be one already, on both sides at once perhaps; a crash when not `stored`. */
  | { readonly kind: "begin"; readonly by: Side; readonly stored: boolean; readonly withOneTimePrekeys: boolean }
  /** Any envelope arrives. "unacknowledged": it will arrive again; "not-stored": a crash before storing. */
  | { readonly kind: "deliver"; readonly pick: number; readonly fate: "acknowledged" | "unacknowledged" | "not-stored" }
  | { readonly kind: "duplicate"; readonly pick: number }
  | { readonly kind: "lose"; readonly pick: number }
  /** An altered copy of an envelope arrives. */
  | { readonly kind: "alter"; readonly pick: number; readonly at: number; readonly bit: number }
  /** A device starts again from what is stored and sends what is in its outbox. */
  | { readonly kind: "restart"; readonly who: Side }
  | { readonly kind: "advance"; readonly days: number };

const side = fc.constantFrom<Side>("alice", "bob");
const pick = fc.nat();

function weighted<Fate>(usual: Fate, ...others: readonly Fate[]): fc.Arbitrary<Fate> {
  return fc.oneof({ weight: 8, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(...others) });
}

const send = fc.record({
  kind: fc.constant("send" as const),
  by: side,
  fate: weighted<"sent" | "unconfirmed" | "not-sent" | "not-stored">("sent", "unconfirmed", "not-sent", "not-stored"),
});
const deliver = fc.record({
  kind: fc.constant("deliver" as const),
  pick,
  fate: weighted<"acknowledged" | "unacknowledged" | "not-stored">("acknowledged", "unacknowledged", "not-stored"),
});
const begin = fc.record({
  kind: fc.constant("begin" as const),
  by: side,
  stored: weighted(true, false),
  withOneTimePrekeys: fc.boolean(),
});
const duplicate = fc.record({ kind: fc.constant("duplicate" as const), pick });
const lose = fc.record({ kind: fc.constant("lose" as const), pick });
const alter = fc.record({ kind: fc.constant("alter" as const), pick, at: fc.nat(), bit: fc.nat({ max: 7 }) });
const restart = fc.record({ kind: fc.constant("restart" as const), who: side });
const advance = fc.record({ kind: fc.constant("advance" as const), days: fc.integer({ min: 1, max: 12 }) });

/** A run of up to `longest` operations, in which sessions are begun anew with this weight, in about a hundred. */
export function operations(longest: number, beginWeight: number): fc.Arbitrary<readonly Operation[]> {
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    { weight: 40, arbitrary: send },
    { weight: 38, arbitrary: deliver },
    { weight: beginWeight, arbitrary: begin },
    { weight: 5, arbitrary: duplicate },
    { weight: 6, arbitrary: lose },
    { weight: 2, arbitrary: alter },
    { weight: 6, arbitrary: restart },
    { weight: 2, arbitrary: advance },
  );
  return fc.array(operation, { maxLength: longest, size: "max" });
}
