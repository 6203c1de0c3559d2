import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { DATABASE_FILE } from "../store/sqlite-store.ts";
import { type Store, StoreFailure } from "../store/store.ts";
import {
  damageTable,
  type Fault,
  mayMount,
  mountMemory,
  readOnlyConnection,
  sizeLimit,
  smallDisk,
} from "../testing/store-faults.ts";
import { freshEnvelope, type TestClient } from "../testing/test-client.ts";
import { run } from "../testing/test-program.ts";
import { startTestRelay, type TestRelay, temporaryFolder } from "../testing/test-relay.ts";
import { parseReceiveResponse } from "../wire/mail.ts";

const COMES_BACK = { timeout: 20_000, interval: 100 };
const LARGE_BODY = 60 * 1024;
/** More than fits where the disk is to be full. */
const ENOUGH_SENDS = 100;

async function readiness(relay: TestRelay) {
  const { status, json } = await relay
    .stranger("anyone")
    .exchange({ method: "GET", target: "/ready", headers: {}, body: "" });
  return { status, json };
}

/** The error lines of a relay's log. */
function complaints({ logs }: TestRelay): readonly string[] {
  return logs.filter((line) => line.includes('"level":50'));
}

/** The ids of all that waits for a client, in order, as text. */
async function receiveIds(client: TestClient): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  for (let page = 0; page < 20; page++) {
    const content = parseReceiveResponse((await client.receive(after)).json);
    if (!content) throw new Error("receive was refused");
    ids.push(...content.envelopes.map(({ id }) => id.join()));
    if (content.next === null) return ids;
    after = content.next;
  }
  throw new Error("mailbox never ended");
}

// A database that may not grow is the way that works everywhere.
describeFullDisk(sizeLimit);
describe.runIf(mayMount())("in memory", () => describeFullDisk(smallDisk));

function describeFullDisk({ name, start }: Fault): void {
  it(`${name} takes no mail until there is room, then does so by itself, and loses nothing that was accepted`, async () => {
    const { relay, fail, mend } = await start();
    const alice = await relay.member("alice");
    const bob = await relay.member("bob");
    fail();
    const accepted: string[] = [];
    let refused = null;
    for (let sent = 0; sent < ENOUGH_SENDS && refused === null; sent++) {
      const envelope = freshEnvelope(new Uint8Array(LARGE_BODY).fill(sent));
      const answer = await alice.send("bob", [envelope]);
      if (answer.status === 200) accepted.push(envelope.id.join());
      else refused = answer;
    }
    expect(accepted.length).toBeGreaterThan(0);
    expect(refused).toMatchObject({ status: 503, json: { error: "unavailable" } });
    expect(await readiness(relay)).toEqual({ status: 503, json: { error: "unavailable", reason: "full" } });
    expect((await alice.send("bob", [freshEnvelope()])).status).toBe(503);
    expect((await bob.publish({ manifest: bob.nextManifest() })).status).toBe(503);
    expect(complaints(relay).filter((line) => line.includes('"reason":"full"'))).toHaveLength(1);

    mend();
    await expect.poll(() => readiness(relay), COMES_BACK).toEqual({ status: 200, json: { ready: true } });
    const late = freshEnvelope();
    expect((await alice.send("bob", [late])).status).toBe(200);
    expect(await receiveIds(bob)).toEqual([...accepted, late.id.join()]);
    expect(relay.logs.some((line) => line.includes("store works again"))).toBe(true);
  });
}

describe("a database that cannot be written", () => {
  it("stops the relay from accepting while it runs, and no longer than that", async () => {
    const { relay, fail, mend } = await readOnlyConnection.start();
    const alice = await relay.member("alice");
    const before = freshEnvelope();
    expect((await alice.send("alice", [before])).status).toBe(200);
    fail();
    expect((await alice.send("alice", [freshEnvelope()])).status).toBe(503);
    expect(await readiness(relay)).toMatchObject({ status: 503, json: { reason: "read-only" } });
    mend();
    await expect.poll(() => readiness(relay), COMES_BACK).toMatchObject({ status: 200 });
    const after = freshEnvelope();
    expect((await alice.send("alice", [after])).status).toBe(200);
    expect(await receiveIds(alice)).toEqual([before.id.join(), after.id.join()]);
  });

  it("is said in one line when the relay starts on it, and is left as it is", async (context) => {
    const folder = makeReadOnly();
    if (folder === null) {
      // Root writes whatever it likes unless it may mount. The test above shows what a running relay does.
      return context.skip("this account can neither be kept from writing nor mount");
    }
    const before = readFileSync(join(folder, DATABASE_FILE));
    const { code, complaints: lines } = await run({ RELAY_DATA: folder }).ended;
    expect(code).toBe(1);
    expect(lines.trim()).toMatch(/^The relay cannot lock .* \(E[A-Z]+\): it must own that folder .* see RELAY_DATA\.$/);
    expect(readFileSync(join(folder, DATABASE_FILE)).equals(before)).toBe(true);
  });
});

describe("a damaged database", () => {
  it("is said in one line when the relay cannot start on it", async () => {
    const relay = await startTestRelay();
    await relay.member("alice");
    await relay.stop();
    const path = join(relay.folder, DATABASE_FILE);
    const sound = readFileSync(path);
    // Everything but the first page, which says that this is a database.
    writeFileSync(path, Buffer.concat([sound.subarray(0, 4096), Buffer.alloc(sound.length - 4096, 0xa5)]));
    const { code, complaints: lines } = await run({ RELAY_DATA: relay.folder }).ended;
    expect(code).toBe(1);
    expect(lines.trim()).toBe(`The database in ${relay.folder} is damaged (SQLITE_CORRUPT): restore a backup of it.`);
  });

  it("stops the relay from accepting when it comes to the damage, says once what to do, and stays so", async () => {
    const sound = await startTestRelay();
    const alice = await sound.member("alice");
    await alice.send("alice", [freshEnvelope()]);
    await sound.stop();
    damageTable(sound.folder, "mail");

    const relay = await startTestRelay({ folder: sound.folder });
    const bob = await relay.member("bob");
    expect(await readiness(relay)).toMatchObject({ status: 200 });
    for (let attempt = 0; attempt < 5; attempt++) {
      const answer = await bob.send("alice", [freshEnvelope()]);
      expect(answer).toMatchObject({ status: 503, text: '{"error":"unavailable"}' });
      expect((await relay.stranger("carol").publish()).status).toBe(503);
    }
    await relay.relay.sweep();
    expect(await readiness(relay)).toMatchObject({ status: 503, json: { reason: "corrupt" } });
    const lines = complaints(relay);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"reason":"corrupt"');
    expect(lines[0]).toContain("restore a backup");
  });
});

describe("a live socket", () => {
  it("outlives a failure of the store, and gets what came meanwhile once it is over", async () => {
    let fails = false;
    const failing = <T>(work: () => Promise<T>) => (fails ? Promise.reject(new StoreFailure("unreachable")) : work());
    const wrapStore = (store: Store): Store => ({
      ...store,
      listMail: (page) => failing(() => store.listMail(page)),
      check: (bytes) => failing(() => store.check(bytes)),
    });
    const relay = await startTestRelay({ wrapStore });
    const alice = await relay.member("alice");
    const bob = await relay.member("bob");
    const live = await bob.openLive().authenticate();
    fails = true;
    const envelope = freshEnvelope();
    expect((await alice.send("bob", [envelope])).status).toBe(200);
    await expect.poll(() => complaints(relay).length, COMES_BACK).toBe(1);
    expect(await readiness(relay)).toMatchObject({ status: 503, json: { reason: "unreachable" } });
    expect(live.socket.readyState).toBe(live.socket.OPEN);
    fails = false;
    const { envelope: pushed } = await live.nextOf("mail");
    expect(pushed.id).toEqual(envelope.id);
  });

  it("that would be opened meanwhile is told to try again", async () => {
    const wrapStore = (store: Store): Store => ({
      ...store,
      readDeviceKey: () => Promise.reject(new StoreFailure("unreachable")),
    });
    const relay = await startTestRelay({ wrapStore });
    const live = relay.stranger("alice").openLive();
    await live.answerChallenge();
    expect(await live.closed).toEqual({ code: 4401, reason: "unavailable" });
    expect(complaints(relay)).toHaveLength(1);
  });
});

describe("an answer that is lost after the commit", () => {
  it("leaves a message that its sender can repeat, and that is there once", async () => {
    let onCommitted: (() => Promise<void>) | null = null;
    const wrapStore = (store: Store): Store => ({
      ...store,
      async addMail(mail) {
        const outcome = await store.addMail(mail);
        await onCommitted?.();
        return outcome;
      },
    });
    const relay = await startTestRelay({ wrapStore });
    const alice = await relay.member("alice");
    const bob = await relay.member("bob");
    const envelope = freshEnvelope();
    onCommitted = async () => {
      onCommitted = null;
      relay.relay.server.closeAllConnections();
    };
    await expect(alice.send("bob", [envelope])).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(await alice.send("bob", [envelope])).toMatchObject({ status: 200, json: { accepted: 1 } });
    expect(await receiveIds(bob)).toEqual([envelope.id.join()]);
    expect(relay.relay.counts.snapshot()).toMatchObject({ accepted: 1, failed: 0 });
  });
});

/** A folder with a database file that this account cannot write; null where there is no way to make one. */
function makeReadOnly(): string | null {
  const folder = temporaryFolder();
  const path = join(folder, DATABASE_FILE);
  writeFileSync(path, "");
  chmodSync(path, 0o400);
  if (!canWrite(path)) return folder;
  if (!mayMount()) return null;
  const disk = mountMemory(1024 * 1024);
  writeFileSync(join(disk, DATABASE_FILE), "");
  execFileSync("mount", ["-o", "remount,ro", disk]);
  onTestFinished(() => void execFileSync("mount", ["-o", "remount,rw", disk]));
  return disk;
}

function canWrite(path: string): boolean {
  try {
    closeSync(openSync(path, "a"));
    return true;
  } catch {
    return false;
  }
}
