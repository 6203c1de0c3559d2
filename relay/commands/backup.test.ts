import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { DATABASE_FILE, openSqliteStore } from "../store/sqlite-store.ts";
import { CONTRACT_LIMITS } from "../store/testing/contract-fixtures.ts";
import { encode, freshEnvelope, freshPrekeys, TestClient } from "../testing/test-client.ts";
import { addressOf, type Run, run } from "../testing/test-program.ts";
import { temporaryFolder } from "../testing/test-relay.ts";
import { backup } from "./backup.ts";
import type { Command, CommandOutcome } from "./command.ts";
import { restore } from "./restore.ts";

const IN_USE = "The database to restore into is in use already: a backup goes into an empty one. Nothing was changed.";
const INTERRUPTED = /^50000 rows so far\n(\d+ rows so far\n)*Interrupted: nothing was changed\.\n$/;

/** Runs a command as the program does, but within this process. */
function command(folder: string, { run }: Command, ...args: readonly string[]): Promise<CommandOutcome> {
  return run(args, { environment: { RELAY_DATA: folder }, say: () => {}, complain: () => {} });
}

const refused = (line: string) => ({ kind: "failed", lines: [line] });

/** More rows than a copy takes in a blink. */
async function largeDatabase(folder: string): Promise<void> {
  await (await openSqliteStore(folder, CONTRACT_LIMITS)).close();
  const database = new Sqlite(join(folder, DATABASE_FILE));
  database.exec(`with recursive counted(n) as (select 1 union all select n + 1 from counted where n < 150000)
    insert into nonce select randomblob(32), randomblob(16), 1e15 from counted`);
  database.close();
}

/** Sends a signal at the first word of progress. */
async function interruptInTheMiddle({ child, ended }: Run, signal: NodeJS.Signals) {
  if (child.stderr) await once(child.stderr, "data");
  child.kill(signal);
  return ended;
}

describe("backup and restore", { timeout: 120_000 }, () => {
  it("carry a relay over to another folder while it runs, without its one-time prekeys", async () => {
    const [folder, other] = [temporaryFolder(), join(temporaryFolder(), "data")];
    const file = join(temporaryFolder(), "backup.sqlite");
    const relay = run({ RELAY_DATA: folder });
    const origin = await addressOf(relay);
    const [alice, bob] = [new TestClient({ origin, username: "alice" }), new TestClient({ origin, username: "bob" })];
    await alice.publish({ oneTimePrekeys: freshPrekeys(3) });
    await bob.publish();
    const waiting = freshEnvelope();
    await bob.send("alice", [waiting]);

    const backedUp = await run({ RELAY_DATA: folder }, ["backup", file]).ended;
    expect(backedUp).toEqual({ code: 0, out: `Wrote 2 accounts and 1 envelope to ${file}.\n`, complaints: "" });
    const bytes = readFileSync(file);
    const taken = refused(`There is something at ${file} already: choose another name.`);
    expect(await command(folder, backup, file)).toEqual(taken);
    expect((await bob.getKeys("alice")).json).toMatchObject({ devices: [{ oneTimePrekey: expect.any(String) }] });

    const lines = [`Restored 2 accounts and 1 envelope from ${file}.`];
    expect(await command(other, restore, file)).toEqual({ kind: "done", lines });
    const again = await run({ RELAY_DATA: other }, ["restore", file]).ended;
    expect(again).toEqual({ code: 1, out: "", complaints: `${IN_USE}\n` });
    expect(await command(folder, restore, file)).toEqual(refused(IN_USE));
    expect(readFileSync(file).equals(bytes)).toBe(true);

    relay.child.kill("SIGTERM");
    expect((await relay.ended).code).toBe(0);
    const next = run({ RELAY_DATA: other, PORT: new URL(origin).port });
    expect(await addressOf(next)).toBe(origin);
    expect((await alice.receive()).json).toMatchObject({ envelopes: [{ id: encode(waiting.id) }] });
    expect((await bob.getKeys("alice")).json).toMatchObject({ devices: [{ oneTimePrekey: null }] });
  });

  it("say what is in the way, and make nothing", async () => {
    const folder = join(temporaryFolder(), "data");
    const files = temporaryFolder();
    const file = join(files, "backup.sqlite");
    for (const one of [backup, restore]) {
      for (const args of [[], [""], [file, "more"]]) {
        expect(await command(folder, one, ...args), one.name).toEqual({ kind: "misused" });
      }
    }
    const noDatabase = refused(`There is no database in ${folder}: set RELAY_DATA as it is for the relay.`);
    expect(await command(folder, backup, file)).toEqual(noDatabase);
    expect(await command(folder, restore, file)).toEqual(refused(`There is no file ${file}.`));
    writeFileSync(file, "Dear diary. ".repeat(100));
    const damaged = refused(`The backup ${file} is damaged: use another one. Nothing was changed.`);
    expect(await command(folder, restore, file)).toEqual(damaged);
    expect(existsSync(folder)).toBe(false);
    expect(readdirSync(files)).toEqual(["backup.sqlite"]);
  });

  it("say when the disk refuses", async () => {
    const folder = temporaryFolder();
    await (await openSqliteStore(folder, CONTRACT_LIMITS)).close();
    const file = join(temporaryFolder(), "nowhere", "backup.sqlite");
    const failed = refused(`The backup failed (ENOENT), and left nothing at ${file}.`);
    expect(await command(folder, backup, file)).toEqual(failed);
  });

  it("can be interrupted: nothing is left of it", async () => {
    const [folder, other, files] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    await largeDatabase(folder);
    const file = join(files, "backup.sqlite");
    const interrupted = { code: 1, out: "", complaints: expect.stringMatching(INTERRUPTED) };
    const first = run({ RELAY_DATA: folder }, ["backup", file]);
    expect(await interruptInTheMiddle(first, "SIGINT")).toEqual(interrupted);
    expect(readdirSync(files)).toEqual([]);

    expect(await command(folder, backup, file)).toMatchObject({ kind: "done" });
    const second = run({ RELAY_DATA: other }, ["restore", file]);
    expect(await interruptInTheMiddle(second, "SIGTERM")).toEqual(interrupted);
    const restored = new Sqlite(join(other, DATABASE_FILE), { readonly: true });
    expect(restored.prepare("select count(*) from nonce").pluck().get()).toBe(0);
    restored.close();
    expect(await command(other, restore, file)).toMatchObject({ kind: "done" });
  });
});
