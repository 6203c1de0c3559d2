import { describe, expect, it } from "vitest";
import { PLAIN } from "../state/testing/fake-engine.ts";
import type { MessageView } from "../state/views.ts";
import { buildTimeline } from "./timeline.ts";

const noon = new Date(2026, 10, 24, 12).getTime();
const minutes = (count: number) => count * 60_000;

function text(sequence: number, at: number, direction: "incoming" | "outgoing" = "incoming"): MessageView {
  const status = direction === "outgoing" ? "sent" : null;
  return { kind: "text", sequence, direction, text: `message ${sequence}`, unsupported: false, at, status, ...PLAIN };
}

const runs = (messages: readonly MessageView[]) =>
  buildTimeline(messages).flatMap((item) => (item.kind === "text" ? [[item.startsRun, item.endsRun]] : []));

describe("buildTimeline", () => {
  it("begins every day with a separator, and only days", () => {
    const items = buildTimeline([text(1, noon - minutes(24 * 60)), text(2, noon), text(3, noon + 1)]);
    expect(items.map(({ kind }) => kind)).toEqual(["day", "text", "day", "text", "text"]);
  });

  it("is empty for an empty conversation", () => {
    expect(buildTimeline([])).toEqual([]);
  });

  it("joins messages of one side within five minutes to a run", () => {
    expect(runs([text(1, noon), text(2, noon + minutes(5)), text(3, noon + minutes(5))])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ]);
  });

  it("begins another run after five minutes, for the other side and after a notice", () => {
    const apart: readonly [boolean, boolean][] = [
      [true, true],
      [true, true],
    ];
    expect(runs([text(1, noon), text(2, noon + minutes(5) + 1)])).toEqual(apart);
    expect(runs([text(1, noon), text(2, noon, "outgoing")])).toEqual(apart);
    const notice: MessageView = { kind: "notice", sequence: 2, at: noon, notice: "verified" };
    expect(runs([text(1, noon), notice, text(3, noon)])).toEqual(apart);
  });

  it("begins another run where messages are missing, and keeps their card in its place", () => {
    const missing: MessageView = { kind: "missing", sequence: 2, at: noon, count: 1, state: "asked", cause: "altered" };
    expect(runs([text(1, noon), missing, text(3, noon)])).toEqual([
      [true, true],
      [true, true],
    ]);
    expect(buildTimeline([text(1, noon), missing, text(3, noon)]).map(({ kind }) => kind)).toEqual([
      "day",
      "text",
      "missing",
      "text",
    ]);
  });

  it("points out our newest message only", () => {
    const items = buildTimeline([text(1, noon, "outgoing"), text(2, noon, "outgoing"), text(3, noon)]);
    const newest = items.flatMap((item) => (item.kind === "text" && item.isNewestOwn ? [item.key] : []));
    expect(newest).toEqual(["2"]);
  });

  it("gives every item a key of its own", () => {
    const keys = buildTimeline([text(1, noon), text(2, noon + minutes(48 * 60))]).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
