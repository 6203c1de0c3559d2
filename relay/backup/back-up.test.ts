import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Sqlite from "better-sqlite3";
import { Kysely, SqliteDialect } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";
import { sqliteDialect } from "../store/dialect.ts";
import { DATABASE_FILE } from "../store/sqlite-store.ts";
import type { Tables } from "../store/tables.ts";
import { freshEnvelope } from "../testing/test-client.ts";
import { startTestRelay, temporaryFolder } from "../testing/test-relay.ts";
import { toBase64url } from "../wire/bytes.ts";
import { type BackUp, backUp } from "./back-up.ts";
import type { OpenDatabase } from "./database.ts";
import { openSqliteSource } from "./open-configured.ts";
import { backUpFolder, openFile } from "./testing/backup-fixtures.ts";

const newFile = () => join(temporaryFolder(), "backup.sqlite");

function openSource(folder: string): OpenDatabase {
  const source = openSqliteSource(folder);
  if (!source) throw new Error("there is no database");
  onTestFinished(() => source.close());
  return source;
}

function backUpTo(file: string, folder: string, options: Partial<BackUp> = {}) {
  const { signal } = new AbortController();
  return backUp({ source: openSource(folder), file, onProgress: () => {}, signal, ...options });
}

interface MailRow {
  readonly envelope_id: Uint8Array;
  readonly body: Uint8Array | null;
}

function mailIn(file: string): ReadonlyMap<string, MailRow> {
  const rows = openFile(file).prepare<[], MailRow>("select envelope_id, body from mail").all();
  return new Map(rows.map((row) => [toBase64url(row.envelope_id), row]));
}

describe("a backup", () => {
  it("holds what was answered before it began, and nothing of what came meanwhile", async () => {
    const relay = await startTestRelay();
    const [alice, bob] = [await relay.member("alice", 3), await relay.member("bob")];
    const before = Array.from({ length: 8 }, () => Array.from({ length: 32 }, () => freshEnvelope()));
    for (const envelopes of before) expect((await bob.send("alice", envelopes)).status).toBe(200);
    const [acknowledged, waiting] = before.flat();
    const name = (envelope = freshEnvelope()) => ({ from: "bob", fromDevice: 1, id: envelope.id });
    await alice.acknowledge([name(acknowledged)]);

    const file = newFile();
    const meanwhile: unknown[] = [];
    const outcome = await backUpTo(file, relay.folder, {
      onProgress: async () => {
        const carol = relay.stranger(`carol${meanwhile.length}`);
        const answers = await Promise.all([
          carol.publish(),
          bob.send("alice", [freshEnvelope()]),
          alice.acknowledge([name(waiting)]),
          bob.getKeys("alice"),
        ]);
        meanwhile.push(...answers.map(({ status }) => status));
      },
    });
    expect(outcome).toMatchObject({ kind: "written", rows: { account: 2, mail: 256, one_time_prekey: 6 } });
    expect(meanwhile.length).toBeGreaterThan(4 * 5);
    expect(new Set(meanwhile)).toEqual(new Set([200]));
    const mail = mailIn(file);
    expect([...mail.keys()].sort()).toEqual(
      before
        .flat()
        .map(({ id }) => toBase64url(id))
        .sort(),
    );
    const isWaiting = (envelope = freshEnvelope()) => mail.get(toBase64url(envelope.id))?.body !== null;
    expect([isWaiting(acknowledged), isWaiting(waiting)]).toEqual([false, true]);
  });

  it("holds everything answered before while many send at the same time", async () => {
    const relay = await startTestRelay();
    const [alice, bob] = [await relay.member("alice"), await relay.member("bob")];
    const answered = new Set<string>();
    let ended = false;
    const sendOn = async () => {
      for (let sent = 0; sent < 100 && !ended; sent += 1) {
        const envelope = freshEnvelope();
        expect((await bob.send(alice.username, [envelope])).status).toBe(200);
        answered.add(toBase64url(envelope.id));
      }
    };
    const senders = Array.from({ length: 4 }, sendOn);
    for (let round = 1; round <= 3; round += 1) {
      await expect.poll(() => answered.size, { timeout: 30_000, interval: 5 }).toBeGreaterThan(round * 10);
      const before = [...answered];
      const held = mailIn(await backUpFolder(relay.folder));
      expect(before.filter((id) => !held.has(id))).toEqual([]);
    }
    ended = true;
    await Promise.all(senders);
  });

  it("lets the relay sweep meanwhile, which empties its log when nobody reads any more", async () => {
    const relay = await startTestRelay();
    const bob = await relay.member("bob");
    const log = join(relay.folder, `${DATABASE_FILE}-wal`);
    let meanwhile = 0;
    await backUpTo(newFile(), relay.folder, {
      onProgress: async () => {
        await relay.relay.sweep();
        await bob.send("bob", [freshEnvelope()]);
        meanwhile = statSync(log).size;
      },
    });
    expect(meanwhile).toBeGreaterThan(0);
    await relay.relay.sweep();
    expect(statSync(log).size).toBe(0);
    expect(relay.logs.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it("is not waited for by a sweep, which leaves the patience of others as it was", { timeout: 30_000 }, async () => {
    const relay = await startTestRelay();
    // What is in the log by now is what the backup reads there.
    await relay.relay.sweep();
    await relay.store.check();
    await relay.member("bob");
    const database = new Sqlite(join(relay.folder, DATABASE_FILE), { timeout: 300_000 });
    onTestFinished(() => void database.close());
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
    await backUpTo(newFile(), relay.folder, { onProgress: () => sqliteDialect.forgetDeleted(db) });
    expect(database.pragma("busy_timeout", { simple: true })).toBe(300_000);
  });

  it("holds the ids of one-time prekeys, and none that could be handed out", async () => {
    const relay = await startTestRelay();
    await relay.member("alice", 3);
    await (await relay.member("bob")).getKeys("alice");
    const count = "select count(*) from one_time_prekey where public_key is not null or signature is not null";
    expect(openFile(join(relay.folder, DATABASE_FILE)).prepare(count).pluck().get()).toBe(4);
    const backup = openFile(await backUpFolder(relay.folder));
    expect(backup.prepare(count).pluck().get()).toBe(0);
    expect(backup.prepare("select count(*) from one_time_prekey").pluck().get()).toBe(6);
  });

  it("holds nothing of the running relay: neither buckets nor its own state", async () => {
    const relay = await startTestRelay();
    await relay.store.check();
    const live = openFile(join(relay.folder, DATABASE_FILE));
    live.prepare("insert into bucket values (?, ?)").run(Uint8Array.of(1), relay.now() + 1000);
    const backup = openFile(await backUpFolder(relay.folder));
    for (const table of ["bucket", "relay_state"]) {
      expect(live.prepare(`select count(*) from ${table}`).pluck().get(), table).not.toBe(0);
      expect(backup.prepare(`select count(*) from ${table}`).pluck().get(), table).toBe(0);
    }
  });

  it("is one file that only its owner may read", async () => {
    const relay = await startTestRelay();
    const file = await backUpFolder(relay.folder);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(file))).toEqual(["backup.sqlite"]);
  });

  it("has no name before it is complete, and leaves nothing behind when it is cancelled or fails", async () => {
    const relay = await startTestRelay();
    await relay.member("alice");
    const file = newFile();
    const cancel = new AbortController();
    const seen: (readonly string[])[] = [];
    const onProgress = () => {
      seen.push(readdirSync(dirname(file)));
      cancel.abort();
    };
    const cancelled = backUpTo(file, relay.folder, { onProgress, signal: cancel.signal });
    await expect(cancelled).rejects.toMatchObject({ name: "AbortError" });
    expect(seen).toEqual([[expect.stringMatching(/^backup\.sqlite\.[0-9a-f]{12}\.partial$/)]]);
    expect(readdirSync(dirname(file))).toEqual([]);

    const failure = new Error("disk is gone");
    const onFailure = () => Promise.reject(failure);
    await expect(backUpTo(file, relay.folder, { onProgress: onFailure })).rejects.toBe(failure);
    expect(readdirSync(dirname(file))).toEqual([]);
    await expect(backUpTo(join(file, "below"), relay.folder)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("takes no name that is taken", async () => {
    const relay = await startTestRelay();
    const file = newFile();
    writeFileSync(file, "last week's");
    expect(await backUpTo(file, relay.folder)).toEqual({ kind: "file-exists" });
    expect(readFileSync(file, "utf8")).toBe("last week's");
  });

  it("is not made of a newer relay's database, nor of another program's", async () => {
    const relay = await startTestRelay();
    await relay.stop();
    const database = openFile(join(relay.folder, DATABASE_FILE));
    const file = newFile();
    database.prepare("insert into kysely_migration values ('9999-later', '')").run();
    expect(await backUpTo(file, relay.folder)).toEqual({ kind: "newer" });
    database.prepare("drop table kysely_migration").run();
    expect(await backUpTo(file, relay.folder)).toEqual({ kind: "foreign" });
    expect(readdirSync(dirname(file))).toEqual([]);
  });
});
