/**
 * Kills a relay under load again and again, and starts it again at once on the same port: what it answered with 200 must
 * have come, and nothing may come again after its acknowledgement was answered.
 */
import { setMaxListeners } from "node:events";
import { toBase64url } from "../wire/bytes.ts";
import { RelayProgram, type RelayProgramOptions } from "./relay-program.ts";
import { freshEnvelope, TestClient } from "./test-client.ts";
import { pause, RETRY_MILLISECONDS, TestRecipient, untilAnswered } from "./test-recipient.ts";

const SENDERS = 6;
/** A kill comes so long after the first message that the restarted relay accepted, at random. */
const KILL_MILLISECONDS = 400;
/** A relay that accepts nothing for so long after a start is broken, not slow. */
const IDLE_MILLISECONDS = 60_000;

export interface KillRun {
  readonly relay: RelayProgramOptions;
  readonly kills: number;
  /** Told after each kill how many there were, and how many messages were accepted. */
  readonly onKill?: (kills: number, accepted: number) => void;
}

export interface KillOutcome {
  readonly kills: number;
  /** Messages that were answered with 200. */
  readonly accepted: number;
  /** Requests that a kill left unanswered, and that were made again with the same id. */
  readonly repeated: number;
  /** How many the live socket brought. */
  readonly pushed: number;
  /** Accepted, and never received as they were sent. */
  readonly lost: number;
  /** Received twice in one mailbox, or again after the acknowledgement was answered. */
  readonly duplicated: number;
}

interface Load {
  /** Bodies by id, of what was answered with 200. */
  readonly accepted: Map<string, string>;
  repeated: number;
  stopped: boolean;
}

/** Runs it all; rejects when the relay does not start again or answers what it must not. */
export async function runKills({ relay: options, kills, onKill }: KillRun): Promise<KillOutcome> {
  setMaxListeners(0);
  const relay = await RelayProgram.open(options);
  const load: Load = { accepted: new Map(), repeated: 0, stopped: false };
  try {
    const bob = await publish(relay, "bob");
    const recipient = new TestRecipient(bob);
    const senders = await Promise.all(Array.from({ length: SENDERS }, (_, index) => publish(relay, `alice-${index}`)));
    const work = Promise.all([recipient.run(), ...senders.map((sender) => sendUntilStopped(sender, load))]);
    // A fault of theirs ends the run instead of going unnoticed until its end.
    await Promise.race([work, killAgainAndAgain({ relay, load, kills, onKill: onKill ?? (() => {}) })]);
    load.stopped = true;
    recipient.stop();
    await work;
    await recipient.finish();
    const lost = [...load.accepted].filter(([id, body]) => recipient.bodyOf(id) !== body).length;
    const { duplicated, pushed } = recipient;
    return { kills, accepted: load.accepted.size, repeated: load.repeated, pushed, lost, duplicated };
  } finally {
    load.stopped = true;
    await relay.kill();
  }
}

async function publish({ origin }: RelayProgram, username: string): Promise<TestClient> {
  const client = new TestClient({ origin, username });
  const { status, text } = await client.publish();
  if (status !== 200) throw new Error(`publish_keys answered ${status} ${text}`);
  return client;
}

async function sendUntilStopped(sender: TestClient, load: Load): Promise<void> {
  while (!load.stopped) {
    const envelope = freshEnvelope();
    let attempts = 0;
    await untilAnswered(async () => {
      attempts += 1;
      const { status, text } = await sender.send("bob", [envelope]);
      if (status === 429 || status === 503 || status === 507) return false;
      if (status !== 200) throw new Error(`send answered ${status} ${text}`);
      return true;
    });
    load.repeated += attempts - 1;
    load.accepted.set(toBase64url(envelope.id), toBase64url(envelope.body));
  }
}

interface Killing {
  readonly relay: RelayProgram;
  readonly load: Load;
  readonly kills: number;
  readonly onKill: (kills: number, accepted: number) => void;
}

async function killAgainAndAgain({ relay, load, kills, onKill }: Killing): Promise<void> {
  for (let kill = 1; kill <= kills; kill++) {
    await untilMoreAccepted(load);
    await pause(Math.random() * KILL_MILLISECONDS);
    await relay.kill();
    onKill(kill, load.accepted.size);
    await relay.start();
  }
  await untilMoreAccepted(load);
}

async function untilMoreAccepted({ accepted }: Load): Promise<void> {
  const before = accepted.size;
  for (let waited = 0; accepted.size === before; waited += RETRY_MILLISECONDS) {
    if (waited > IDLE_MILLISECONDS) throw new Error("relay accepts nothing after it was started again");
    await pause(RETRY_MILLISECONDS);
  }
}
