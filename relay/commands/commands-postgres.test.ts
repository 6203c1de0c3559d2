/** The operator's commands on PostgreSQL, beside a store that is in use; what each does is tested on SQLite. */
import { describe, expect, it, onTestFinished } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { inviteCodeHash } from "../store/invite-records.ts";
import { openPostgresStore } from "../store/postgres-store.ts";
import { mailToBob, publication } from "../store/testing/contract-fixtures.ts";
import { operate } from "../testing/operate.ts";
import { sharedPostgres } from "../testing/test-postgres.ts";

const postgres = sharedPostgres();

describe("on PostgreSQL, the operator's commands", { timeout: 60_000 }, () => {
  it("do there what they do on the embedded database", async () => {
    const url = await (await postgres()).freshDatabase();
    const store = await openPostgresStore(url, DEFAULT_LIMITS);
    onTestFinished(() => store.close());
    const now = Date.now();
    await store.sweep(now);
    await store.publishKeys(publication({ username: "bob", now }));
    await store.addMail(mailToBob({ now }));
    const run = (...args: readonly string[]) => operate({ RELAY_DATABASE_URL: url }, args);

    const listed = ["1 account, 0 one-time prekeys in stock", "1 device out of one-time prekeys"];
    expect((await run("sizes")).out).toEqual([
      ...listed,
      "1 message waiting, 40 bytes",
      "0 attachments, 0 bytes",
      expect.stringMatching(/^ {2}bob: 1 message, 40 bytes, waiting since \d{4}-\d\d-\d\d$/),
    ]);
    expect((await run("expire-mail", "0")).out).toEqual(["Dropped 1 message that had waited for 0 days."]);
    expect((await run("expire")).out).toEqual(["Deleted 0 rows whose time was over."]);
    const [, code = ""] = /: (\S+)$/.exec((await run("invite")).out[0] ?? "") ?? [];
    const registration = { kind: "invite", codeHash: inviteCodeHash(code) } as const;
    expect(await store.publishKeys(publication({ registration, now }))).toMatchObject({ kind: "published" });
    expect((await run("reset-name", "bob")).code).toBe(0);
    expect(await run("reset-name", "bob")).toEqual({
      code: 1,
      out: [],
      complaints: [
        "Nobody owns the name bob in the database of RELAY_DATABASE_URL: check the name, and RELAY_DATABASE_URL.",
      ],
    });
  });

  it("tell nothing of the address, which holds a password, when they cannot reach it", async () => {
    const url = (await postgres()).urlOf("no_such_database");
    const { code, out, complaints } = await operate({ RELAY_DATABASE_URL: url }, ["sizes"]);
    expect({ code, out, lines: complaints.length }).toEqual({ code: 1, out: [], lines: 1 });
    expect(complaints[0]).toMatch(/^The database of RELAY_DATABASE_URL cannot be opened/);
    expect(complaints[0]).not.toContain(new URL(url).password);
  });
});
