import Sqlite from "better-sqlite3";
import { Kysely, SqliteDialect, sql } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";
import { GroupCommit, type Work } from "./group-commit.ts";
import type { Tables } from "./tables.ts";

/** A table of notes in memory. `sizes` are those of the commits; `database` is what they go to. */
function openNotes() {
  const database = new Sqlite(":memory:");
  database.exec("create table note (text text not null unique)");
  onTestFinished(() => void database.close());
  const sizes: number[] = [];
  const transactions = new GroupCommit(new Kysely<Tables>({ dialect: new SqliteDialect({ database }) }), (size) =>
    sizes.push(size),
  );
  const notes = () => database.prepare("select text from note order by rowid").pluck().all();
  return { database, transactions, sizes, notes };
}

const write =
  (text: string): Work<string> =>
  async (trx) => {
    await sql`insert into note (text) values (${text})`.execute(trx);
    return text;
  };

/** Writes, and then thinks better of it. */
const writeAndThrow =
  (text: string): Work<string> =>
  async (trx) => {
    await write(text)(trx);
    throw new RangeError(`not ${text}`);
  };

describe("a group commit", () => {
  it("is shared by all that come together, in their order, and by one alone", async () => {
    const { transactions, sizes, notes } = openNotes();
    expect(await Promise.all(["a", "b", "c"].map((text) => transactions.run(write(text))))).toEqual(["a", "b", "c"]);
    expect(await transactions.run(write("d"))).toBe("d");
    expect(sizes).toEqual([3, 1]);
    expect(notes()).toEqual(["a", "b", "c", "d"]);
  });

  it("is shared by what comes while another is under way", async () => {
    const { transactions, sizes } = openNotes();
    const later: Promise<string>[] = [];
    await transactions.run(async (trx) => {
      later.push(transactions.run(write("b")), transactions.run(write("c")));
      await write("a")(trx);
    });
    await Promise.all(later);
    expect(sizes).toEqual([1, 2]);
  });

  it("takes 256 at most; the next goes into the one after", async () => {
    for (const [count, expected] of [
      [255, [255]],
      [256, [256]],
      [257, [256, 1]],
    ] as const) {
      const { transactions, sizes, notes } = openNotes();
      await Promise.all(Array.from({ length: count }, (_, index) => transactions.run(write(String(index)))));
      expect(sizes).toEqual(expected);
      expect(notes()).toHaveLength(count);
    }
  });

  it("lets what comes wait for one large piece of work at most, however many wait, and starves none", async () => {
    const { transactions, sizes, notes } = openNotes();
    const large = Array.from({ length: 5 }, (_, index) => transactions.large.run(write(`large ${index}`)));
    const small: Promise<string>[] = [];
    // Comes while the first large piece is under way, and again while others are.
    const whileLarge = async (text: string, more: readonly string[]) => {
      await transactions.large.run(async (trx) => {
        for (const one of more) small.push(transactions.run(write(one)));
        await write(text)(trx);
      });
    };
    await Promise.all([...large, whileLarge("large 5", ["a", "b"]), whileLarge("large 6", ["c"])]);
    await Promise.all(small);
    expect(notes()).toEqual([...[0, 1, 2, 3, 4, 5].map((index) => `large ${index}`), "a", "b", "large 6", "c"]);
    expect(sizes).toEqual([1, 1, 1, 1, 1, 1, 2, 1, 1]);
    await Promise.all([
      transactions.large.run(write("x")),
      transactions.large.run(write("y")),
      transactions.run(write("d")),
      transactions.run(write("e")),
    ]);
    expect(notes().slice(-4)).toEqual(["d", "e", "x", "y"]);
  });

  it("undoes a large piece of work that throws, and goes on", async () => {
    const { transactions, notes } = openNotes();
    await expect(transactions.large.run(writeAndThrow("a"))).rejects.toThrow("not a");
    await transactions.large.run(write("b"));
    expect(notes()).toEqual(["b"]);
  });

  it("undoes work that throws, says why, and disturbs no other", async () => {
    const { transactions, sizes, notes } = openNotes();
    const outcomes = await Promise.allSettled([
      transactions.run(write("a")),
      transactions.run(writeAndThrow("b")),
      // Refused by the database itself.
      transactions.run(write("a")),
      transactions.run(write("c")),
    ]);
    expect(outcomes).toMatchObject([
      { status: "fulfilled", value: "a" },
      { status: "rejected", reason: new RangeError("not b") },
      { status: "rejected", reason: { code: "SQLITE_CONSTRAINT_UNIQUE" } },
      { status: "fulfilled", value: "c" },
    ]);
    expect(sizes).toEqual([4]);
    expect(notes()).toEqual(["a", "c"]);
    expect(await transactions.run(write("b"))).toBe("b");
  });

  it("fails as a whole when it cannot be made, and the next one does not", async () => {
    const { database, transactions, sizes, notes } = openNotes();
    database.exec(`pragma foreign_keys = on; create table parent (id integer primary key);
      create table child (parent integer references parent (id) deferrable initially deferred)`);
    // Breaks a rule that is checked only when all of it is committed.
    const orphan: Work<string> = async (trx) => {
      await sql`insert into child (parent) values (7)`.execute(trx);
      return "orphan";
    };
    const outcomes = await Promise.allSettled([
      transactions.run(write("a")),
      transactions.run(orphan),
      transactions.run(writeAndThrow("b")),
    ]);
    const failed = { status: "rejected", reason: { code: "SQLITE_CONSTRAINT_FOREIGNKEY" } };
    expect(outcomes).toMatchObject([failed, failed, failed]);
    expect(sizes).toEqual([]);
    expect(notes()).toEqual([]);
    expect(await transactions.run(write("c"))).toBe("c");
  });

  it("fails with the first cause when the database gives all of it up, and what comes later works", async () => {
    const { database, transactions, sizes, notes } = openNotes();
    database.exec(`create trigger full before insert on note when new.text = 'too much'
      begin select raise(rollback, 'database or disk is full'); end`);
    const outcomes = await Promise.allSettled([
      transactions.run(write("a")),
      transactions.run(write("too much")),
      transactions.run(write("b")),
    ]);
    const failed = { status: "rejected", reason: { message: "database or disk is full" } };
    expect(outcomes).toMatchObject([failed, failed, failed]);
    expect(sizes).toEqual([]);
    expect(notes()).toEqual([]);
    expect(await transactions.run(write("c"))).toBe("c");
    expect(notes()).toEqual(["c"]);
  });

  it("answers nobody before all of it is committed", async () => {
    const { database, transactions } = openNotes();
    const during: (string | boolean)[] = [];
    const answered = (text: string) => () => during.push(text);
    const first = transactions.run(write("a")).then(answered("a answered"));
    const second = transactions
      .run(async (trx) => {
        await write("b")(trx);
        // Long enough for an answer to the first to get through, were there one.
        for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
        during.push(database.inTransaction);
      })
      .then(answered("b answered"));
    await Promise.all([first, second]);
    expect(during).toEqual([true, "a answered", "b answered"]);
    expect(database.inTransaction).toBe(false);
  });
});
