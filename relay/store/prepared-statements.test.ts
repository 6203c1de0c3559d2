import Sqlite from "better-sqlite3";
import type { SqliteDatabase } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";
import { keepStatements } from "./prepared-statements.ts";

/** A database and the texts it was asked to prepare. */
function openCounted(limit: number) {
  const connection = new Sqlite(":memory:");
  onTestFinished(() => void connection.close());
  const prepared: string[] = [];
  const counted: SqliteDatabase = {
    prepare(text) {
      prepared.push(text);
      return connection.prepare(text);
    },
    close: () => void connection.close(),
  };
  return { database: keepStatements(counted, limit), connection, prepared };
}

describe("a kept statement", () => {
  it("is prepared once, and takes other values each time", () => {
    const { database, prepared } = openCounted(2);
    for (const value of [1, 2, 3]) expect(database.prepare("select ? as value").all([value])).toEqual([{ value }]);
    expect(prepared).toEqual(["select ? as value"]);
  });

  it("is forgotten when it was used longest ago and there are more than the limit", () => {
    const { database, prepared } = openCounted(2);
    for (const text of ["select 1", "select 2", "select 1"]) database.prepare(text);
    expect(prepared).toEqual(["select 1", "select 2"]);
    for (const text of ["select 3", "select 1", "select 2"]) database.prepare(text);
    expect(prepared).toEqual(["select 1", "select 2", "select 3", "select 2"]);
  });

  it("sees a column that was added meanwhile", () => {
    const { database, connection } = openCounted(2);
    connection.exec("create table mail (id integer); insert into mail values (1)");
    expect(database.prepare("select * from mail").all([])).toEqual([{ id: 1 }]);
    connection.exec("alter table mail add column body integer default 2");
    expect(database.prepare("select * from mail").all([])).toEqual([{ id: 1, body: 2 }]);
  });

  it("stays usable after it failed", () => {
    const { database, connection } = openCounted(2);
    connection.exec("create table nonce (id integer primary key)");
    const insert = () => database.prepare("insert into nonce values (?)").run([1]);
    insert();
    expect(insert).toThrow(/UNIQUE/);
    connection.exec("delete from nonce");
    expect(insert).not.toThrow();
  });
});
