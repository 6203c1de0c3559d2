import { type Kysely, sql } from "kysely";
import { DatabaseError } from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { sharedPostgres } from "../testing/test-postgres.ts";
import { connectPostgres } from "./postgres-connection.ts";
import { explainPostgres } from "./postgres-failures.ts";
import { PostgresTransactions } from "./postgres-transactions.ts";
import { StoreError, StoreFailure, type StoreFailureReason } from "./store.ts";
import type { Tables } from "./tables.ts";

const postgres = sharedPostgres();

async function openCounter() {
  const db: Kysely<Tables> = connectPostgres(await (await postgres()).freshDatabase(), { patienceMilliseconds: null });
  onTestFinished(() => db.destroy());
  await sql`create table counter (name text primary key, count bigint not null)`.execute(db);
  await sql`insert into counter values ('a', 0), ('b', 0)`.execute(db);
  const commits: number[] = [];
  const transactions = new PostgresTransactions(db, (size) => commits.push(size));
  const count = async (name: string) => {
    const { rows } = await sql<{ count: number }>`select count from counter where name = ${name}`.execute(db);
    return rows[0]?.count;
  };
  return { transactions, commits, count };
}

/** What PostgreSQL answers with when it refuses something. */
function refused(code: string): DatabaseError {
  const error = new DatabaseError("refused", 0, "error");
  error.code = code;
  return error;
}

describe("work on PostgreSQL", () => {
  it("is begun again when it collides, so that two who wait for each other both get through", async () => {
    const { transactions, commits, count } = await openCounter();
    let arrived = 0;
    let begun = 0;
    const addToBoth = (first: string, second: string) =>
      transactions.run(async (trx) => {
        begun += 1;
        await sql`update counter set count = count + 1 where name = ${first}`.execute(trx);
        arrived += 1;
        // The first time, each holds one row before it asks for the other's.
        while (arrived < 2) await new Promise(setImmediate);
        await sql`update counter set count = count + 1 where name = ${second}`.execute(trx);
      });
    await Promise.all([addToBoth("a", "b"), addToBoth("b", "a")]);
    expect([await count("a"), await count("b")]).toEqual([2, 2]);
    expect(begun).toBe(3);
    expect(commits).toEqual([1, 1]);
  });

  it("is begun three times at most, and then the database is busy", async () => {
    const { transactions, commits } = await openCounter();
    for (const [collisions, succeeds] of [
      [2, true],
      [3, false],
    ] as const) {
      let begun = 0;
      const outcome = transactions.run(async () => {
        begun += 1;
        if (begun <= collisions) throw refused("40001");
        return "done";
      });
      if (succeeds) expect(await outcome).toBe("done");
      else await expect(outcome).rejects.toMatchObject({ name: "StoreFailure", reason: "busy" });
      expect(begun).toBe(3);
    }
    expect(commits).toEqual([1]);
  });

  it("leaves nothing when it throws, is not begun again, and its error stays what it was", async () => {
    const { transactions, commits, count } = await openCounter();
    let begun = 0;
    const thrown = new RangeError("no");
    const outcome = transactions.run(async (trx) => {
      begun += 1;
      await sql`update counter set count = 7`.execute(trx);
      throw thrown;
    });
    await expect(outcome).rejects.toBe(thrown);
    expect({ begun, commits, a: await count("a") }).toEqual({ begun: 1, commits: [], a: 0 });
  });

  it("gets numbers for bigint, and refuses those that a number cannot hold", async () => {
    const { transactions } = await openCounter();
    const read = (value: string) =>
      transactions.run(async (trx) => (await sql`select ${sql.lit(value)}::bigint as value`.execute(trx)).rows);
    expect(await read("9007199254740991")).toEqual([{ value: 9007199254740991 }]);
    await expect(read("9007199254740992")).rejects.toThrow("bigint of the database must be a safe integer");
  });
});

describe("an error of PostgreSQL", () => {
  it("tells why the store fails", () => {
    const reasons: Readonly<Record<string, StoreFailureReason | null>> = {
      "53100": "full",
      "25006": "read-only",
      XX001: "corrupt",
      XX002: "corrupt",
      "57P01": "unreachable",
      "57P02": "unreachable",
      "57P03": "unreachable",
      "08006": "unreachable",
      "25P03": "unreachable",
      "40001": "busy",
      "40P01": "busy",
      "53300": "busy",
      "55P03": "busy",
      "57014": "busy",
      // Faults of ours.
      "23505": null,
      "25P02": null,
      "42P01": null,
      XX000: null,
    };
    for (const [code, reason] of Object.entries(reasons)) expect(explainPostgres(refused(code)), code).toBe(reason);
  });

  it("tells that the database is out of reach when the system or the driver says so, and nothing of other errors", () => {
    const system = (code: string) => Object.assign(new Error("failed"), { code });
    for (const code of ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"]) {
      expect(explainPostgres(system(code)), code).toBe("unreachable");
    }
    for (const message of [
      "Connection terminated unexpectedly",
      "Connection terminated",
      "Client has encountered a connection error and is not queryable",
    ]) {
      expect(explainPostgres(new Error(message)), message).toBe("unreachable");
    }
    // All connections of the pool were in use: others' requests may fare better.
    expect(explainPostgres(new Error("timeout exceeded when trying to connect"))).toBe("busy");
    expect(explainPostgres(new StoreError("not-durable", "fsync is off"))).toBe("unreachable");
    const ours = [new TypeError("connection must be a string"), system("ERR_X"), new Error("no"), "connection", null];
    for (const error of [...ours, new StoreFailure("busy")]) expect(explainPostgres(error)).toBeNull();
  });
});
