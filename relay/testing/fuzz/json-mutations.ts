/** Small changes to a JSON value, such as make a valid request an invalid one in one place only. */
import fc from "fast-check";
import { MAX_REQUEST_BYTES } from "../../wire/limits.ts";

/** One change, at the place whose number is `at`, counted over all values within and modulo how many there are. */
export interface JsonMutation {
  readonly at: number;
  readonly change: Change;
}

/** Characters of JSON that a repeated value may come to. */
const MAX_TEXT = 2 * MAX_REQUEST_BYTES;

type Change =
  | { readonly kind: "replace"; readonly value: unknown }
  /** By a value of the same type. */
  | { readonly kind: "exchange"; readonly number: number; readonly text: string }
  | { readonly kind: "remove" }
  | { readonly kind: "repeat"; readonly times: number }
  | { readonly kind: "nest"; readonly levels: number }
  | { readonly kind: "add"; readonly name: string; readonly value: unknown }
  | { readonly kind: "cut"; readonly length: number }
  | { readonly kind: "append"; readonly text: string };

const oddNumber = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    -1,
    0.5,
    1e-300,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 53 - 1,
    2 ** 53,
    2 ** 63,
    1e308,
    -(2 ** 53),
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

const oddText = fc.oneof(
  fc.constantFrom("", " ", "\0", "\u{1f511}", "\ud800", "__proto__", "constructor", "null", "../../etc/passwd", "%00"),
  fc.constantFrom("' or 1=1 --", "alice", "Alice", "alice/1", "A".repeat(22), "A".repeat(43), "_".repeat(43), "A==="),
  fc.integer({ min: 1, max: 20_000 }).map((length) => "A".repeat(length)),
  fc.string({ unit: "binary", maxLength: 40 }),
);

const oddValue = fc.oneof(oddNumber, oddText, fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 3 }));

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant("replace" as const), value: oddValue }),
  fc.record({ kind: fc.constant("exchange" as const), number: oddNumber, text: oddText }),
  fc.record({ kind: fc.constant("remove" as const) }),
  fc.record({ kind: fc.constant("repeat" as const), times: fc.integer({ min: 2, max: 300 }) }),
  fc.record({ kind: fc.constant("nest" as const), levels: fc.constantFrom(1, 5, 7, 8, 9, 100, 500) }),
  fc.record({ kind: fc.constant("add" as const), name: oddText, value: oddValue }),
  fc.record({ kind: fc.constant("cut" as const), length: fc.nat(90) }),
  fc.record({ kind: fc.constant("append" as const), text: oddText }),
);

export const jsonMutation: fc.Arbitrary<JsonMutation> = fc.record({ at: fc.nat(), change });

/** The value with these changes made one after the other; undefined where the whole of it was removed. */
export function mutateJson(json: unknown, mutations: readonly JsonMutation[]): unknown {
  return mutations.reduce((value, { at, change: how }) => {
    const place = { left: at % countValues(value) };
    return changeAt(value, place, how);
  }, json);
}

function countValues(json: unknown): number {
  if (typeof json !== "object" || json === null) return 1;
  return Object.values(json).reduce((count: number, value) => count + countValues(value), 1);
}

/** Walks through the values in order; `place.left` counts down to the one that is changed. */
function changeAt(json: unknown, place: { left: number }, how: Change): unknown {
  if (place.left-- === 0) return applyChange(json, how);
  if (Array.isArray(json)) {
    return json.flatMap((value: unknown) => {
      const isHere = place.left === 0;
      const changed = changeAt(value, place, how);
      if (isHere && how.kind === "repeat") return repeat(value, how.times);
      return changed === undefined ? [] : [changed];
    });
  }
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, changeAt(value, place, how)]));
}

/** So often, but no more than fits into twice the longest body that a relay reads. */
function repeat(value: unknown, times: number): unknown[] {
  const length = JSON.stringify(value)?.length ?? 1;
  return Array.from({ length: Math.min(times, Math.ceil(MAX_TEXT / length)) }, () => value);
}

function applyChange(json: unknown, how: Change): unknown {
  switch (how.kind) {
    case "replace":
      return how.value;
    case "exchange":
      if (typeof json === "number") return how.number;
      return typeof json === "string" ? how.text : null;
    case "remove":
      return undefined;
    case "repeat":
      return [json, json];
    case "nest":
      return Array.from({ length: how.levels }).reduce((inner: unknown) => [inner], json);
    case "add":
      return typeof json === "object" && json !== null ? { ...json, [how.name]: how.value } : how.value;
    case "cut":
      return typeof json === "string" ? json.slice(0, how.length) : how.length;
    case "append":
      return typeof json === "string" ? json + how.text : how.text;
  }
}
