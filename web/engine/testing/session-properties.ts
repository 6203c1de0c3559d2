/** The properties of two devices' sessions, how many steps each is checked for, and what makes their runs repeatable. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Suite } from "../../protocol/suite.ts";
import type { Tally } from "./ledger.ts";
import { LossyNetwork } from "./lossy-network.ts";
import { operations, type Side } from "./operations.ts";

/** Steps of one run of all properties together. */
const STEPS = Number(process.env["SOTTO_PROPERTY_STEPS"] ?? 100_000);
const SEED = Number(process.env["SOTTO_PROPERTY_SEED"] ?? 2);

const LONGEST_RUN = 200;

/** Bounds a run and decides nothing: a millisecond or so is spent on a step. */
export function timeoutOf(share: number): number {
  return 120_000 + STEPS * share * 20;
}

function newTally(): Tally {
  return {
    opened: 0,
    openedLate: 0,
    repeatsRefused: 0,
    alteredRefused: 0,
    outOfReach: 0,
    crashes: 0,
    sessionsBegun: 0,
  };
}

interface PropertyOptions {
  readonly suite: Suite;
  /** The part of all steps that this property is checked for. */
  readonly share: number;
  /** How often sessions are begun anew, in about a hundred operations. */
  readonly beginWeight: number;
}

/** Whatever happens, each envelope within the limits opens once, to its text; see LossyNetwork for all that is checked. */
export async function checkDelivery({ suite, share, beginWeight }: PropertyOptions): Promise<void> {
  const tally = newTally();
  const wanted = STEPS * share;
  let steps = 0;
  const run = operations(LONGEST_RUN, beginWeight);
  await fc.assert(
    fc.asyncProperty(run, fc.infiniteStream(fc.nat()), fc.nat(), async (sequence, picks, draw) => {
      if (steps >= wanted) return;
      const network = await LossyNetwork.open(suite, `delivery ${draw}`, tally);
      for (const operation of sequence) if (await network.step(operation)) steps++;
      steps += await network.drain(picks);
    }),
    { numRuns: runsFor(wanted), seed: SEED },
  );
  expect(steps).toBeGreaterThanOrEqual(wanted);
  // No run is worth anything that did not meet what it speaks of.
  for (const [event, times] of Object.entries(tally)) expect(times, event).toBeGreaterThan(0);
}

/**
 * However much was lost, after one message from each side both send with the same session, and in the eight that follow
 * nothing fails to open and nobody leaves it.
 */
export async function checkConvergence({ suite, share, beginWeight }: PropertyOptions): Promise<void> {
  const tally = newTally();
  const wanted = STEPS * share;
  let steps = 0;
  const run = operations(LONGEST_RUN, beginWeight);
  const senders = fc.array(fc.constantFrom<Side>("alice", "bob"), { minLength: 8, maxLength: 8 });
  const first = fc.constantFrom<readonly Side[]>(["alice", "bob"], ["bob", "alice"]);
  await fc.assert(
    fc.asyncProperty(run, first, senders, fc.nat(), async (sequence, opening, rest, draw) => {
      if (steps >= wanted) return;
      const network = await LossyNetwork.open(suite, `convergence ${draw}`, tally);
      for (const operation of sequence) if (await network.step(operation)) steps++;
      network.loseAll();
      for (const by of opening) await network.exchange(by);
      for (const by of rest) {
        expect(network.sendingSessionOf("alice")).toBe(network.sendingSessionOf("bob"));
        expect(await network.exchange(by)).toBe(true);
      }
      expect(network.sendingSessionOf("alice")).toBe(network.sendingSessionOf("bob"));
      steps += opening.length + rest.length;
    }),
    { numRuns: runsFor(wanted), seed: SEED },
  );
  expect(steps).toBeGreaterThanOrEqual(wanted);
  for (const [event, times] of Object.entries(tally)) expect(times, event).toBeGreaterThan(0);
}

/** Runs are of every length up to LONGEST_RUN, shorter ones more often, and some operations find nothing to do. */
function runsFor(steps: number): number {
  return Math.ceil(steps / 60);
}
