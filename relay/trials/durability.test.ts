import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type CompiledRelay, compileRelay, type Preload } from "../testing/compiled-relay.ts";
import { RelayProgram } from "../testing/relay-program.ts";
import { parseTrace, requireStrace, type SystemCall, straceCommand } from "../testing/strace.ts";
import { freshEnvelope, TestClient } from "../testing/test-client.ts";
import { temporaryFolder } from "../testing/test-relay.ts";
import { MIN_BLOB_BYTES } from "../wire/blob.ts";
import { utf8 } from "../wire/bytes.ts";

const SENDS = 25;
const CALLS = ["read", "recvfrom", "recvmsg", "write", "writev", "sendto", "sendmsg", "pwrite64", "fsync", "fdatasync"];

describe("what a relay has answered", { timeout: 240_000 }, () => {
  let compiled: CompiledRelay;
  beforeAll(() => {
    requireStrace();
    compiled = compileRelay();
  }, 600_000);
  afterAll(() => compiled.remove());

  it("was on disk: each message is written and synced between its request and its answer", async () => {
    const { calls, marks } = await traceSends([]);
    expect(marks).toHaveLength(SENDS);
    expect(marks.map((mark) => whatHappened(calls, mark))).toEqual(
      marks.map(() => ["requested", "written", "synced", "answered"]),
    );
  });

  it("was on disk: each chunk of a blob, too", async () => {
    const { calls, marks } = await traceChunks([]);
    expect(marks.map((mark) => whatHappened(calls, mark, mark))).toEqual(
      marks.map(() => ["requested", "written", "synced", "answered"]),
    );
  });

  it("was not on disk where SQLite only says so, and that is seen of chunks, too", async () => {
    const { calls, marks } = await traceChunks(["forgets-to-sync"]);
    expect(marks.map((mark) => whatHappened(calls, mark, mark))).toEqual(
      marks.map(() => ["requested", "written", "answered"]),
    );
  });

  it("was not on disk where SQLite only says so, and that is seen", async () => {
    const { calls, marks } = await traceSends(["forgets-to-sync"]);
    expect(marks.map((mark) => whatHappened(calls, mark))).toEqual(
      marks.map(() => ["requested", "written", "answered"]),
    );
  });

  it("was not on disk where the relay answers before it commits, and that is seen", async () => {
    const { calls, marks } = await traceSends(["answers-early"]);
    for (const mark of marks) expect(whatHappened(calls, mark).slice(0, 2)).toEqual(["requested", "answered"]);
  });

  /** Sends one message after the other to a relay under strace. */
  async function traceSends(preloads: readonly Preload[]) {
    const trace = await startTraced(preloads);
    const alice = await publish(trace.relay, "alice");
    await publish(trace.relay, "bob");
    // Each body is one that nothing else in the trace resembles, readable where the trace shows it.
    const marks = Array.from({ length: SENDS }, () => `mark-${randomBytes(16).toString("hex")}`);
    for (const mark of marks) expect((await alice.send("bob", [freshEnvelope(utf8(mark))])).status).toBe(200);
    return { calls: await trace.finish(), marks };
  }

  /** Uploads one chunk after the other to a relay under strace. */
  async function traceChunks(preloads: readonly Preload[]) {
    const trace = await startTraced(preloads);
    const alice = await publish(trace.relay, "alice");
    const marks = Array.from({ length: SENDS }, () => `mark-${randomBytes(16).toString("hex")}`);
    for (const mark of marks) {
      const id = Uint8Array.from(randomBytes(32));
      expect((await alice.createBlob(id, MIN_BLOB_BYTES)).status).toBe(200);
      expect((await alice.putChunk(id, 0, Buffer.alloc(MIN_BLOB_BYTES, `${mark} `))).status).toBe(200);
    }
    return { calls: await trace.finish(), marks };
  }

  async function startTraced(preloads: readonly Preload[]) {
    const [data, output] = [temporaryFolder(), join(temporaryFolder(), "trace")];
    const relay = await RelayProgram.open({
      compiled,
      environment: { RELAY_DATA: data },
      preloads,
      startedBy: straceCommand(output, CALLS),
    });
    onTestFinished(() => relay.kill());
    const finish = async () => {
      await relay.stop();
      // The tracer writes its last line, about the end of the program, a moment after that.
      await expect.poll(() => readFileSync(output, "utf8"), { timeout: 20_000 }).toMatch(endOf(relay));
      return parseTrace(readFileSync(output, "utf8"));
    };
    return { relay, finish };
  }
});

async function publish(relay: RelayProgram, username: string): Promise<TestClient> {
  const client = new TestClient({ origin: relay.origin, username });
  expect((await client.publish()).status).toBe(200);
  return client;
}

function endOf({ child }: RelayProgram): RegExp {
  return new RegExp(`^${child.pid}\\s+\\+\\+\\+ exited`, "m");
}

/**
 * The order of what concerns the message with this body, spelled `inRequest` on its way; the sync is the one of the log
 * that holds the body.
 */
function whatHappened(
  calls: readonly SystemCall[],
  mark: string,
  inRequest = Buffer.from(mark).toString("base64url"),
): readonly string[] {
  const requested = calls.findIndex(({ name, args }) => /^(read|recv)/.test(name) && args.includes(inRequest));
  const after = (start: number, is: (call: SystemCall) => boolean) =>
    start < 0 ? -1 : calls.findIndex((call, index) => index > start && is(call));
  const written = after(requested, (call) => isLogWrite(call) && call.args.includes(mark));
  const steps = [
    { step: "requested", at: calls[requested]?.ended },
    { step: "written", at: calls[written]?.ended },
    { step: "synced", at: calls[after(written, isSync)]?.ended },
    { step: "answered", at: calls[after(requested, isAnswer)]?.began },
  ];
  const known = steps.flatMap(({ step, at }) => (at === undefined ? [] : [{ step, at }]));
  return known.sort((one, other) => one.at - other.at).map(({ step }) => step);
}

function isAnswer({ name, args }: SystemCall): boolean {
  return /^(write|send)/.test(name) && args.includes("HTTP/1.1 200 OK");
}

function isLogWrite({ name, args }: SystemCall): boolean {
  return name === "pwrite64" && /^\d+<[^>]*relay\.sqlite-wal>/.test(args);
}

function isSync({ name, args, result }: SystemCall): boolean {
  return /^f(data)?sync$/.test(name) && /^\d+<[^>]*relay\.sqlite-wal>/.test(args) && result === 0;
}
