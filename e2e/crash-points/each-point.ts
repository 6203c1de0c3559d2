/** Going through the points of a journey. */
import { expect } from "../fixtures/test.ts";
import { type CrashPoint, describePoint } from "./points.ts";
import { crashTest } from "./stage.ts";

/**
 * The points to test of those that an undisturbed run reached: those at calls that leave something behind, here or at the
 * relay; with CRASH_POINTS=all every one of them.
 */
export function choosePoints(reached: readonly CrashPoint[]): readonly CrashPoint[] {
  const isAll = process.env["CRASH_POINTS"] === "all";
  const points = reached.filter(({ call }) => isAll || /^(commit|request|open store)/.test(call));
  expect(new Set(points.map(describePoint)).size, "each point is reached once").toBe(points.length);
  const before = points.filter(({ side }) => side === "before");
  expect(points.length, "every call has two sides").toBe(2 * before.length);
  for (const kind of ["commit", "request"]) {
    expect(before.some(({ call }) => call.startsWith(kind))).toBe(true);
  }
  return points;
}

/** Has one crash at each point; resolves to the texts that the journeys were told apart by, one for each point. */
export async function crashAtEach(
  points: readonly CrashPoint[],
  crashAt: (point: CrashPoint, text: string) => Promise<void>,
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const point of points) {
    const text = `Ended ${describePoint(point)}.`;
    await crashTest.step(text, () => crashAt(point, text));
    texts.push(text);
  }
  expect(texts.length).toBe(points.length);
  crashTest.info().annotations.push({ type: "crash points", description: String(points.length) });
  return texts;
}
