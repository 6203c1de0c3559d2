/** Makes the relay's SQLite one that says it writes durably and does not: what a test of durability must notice. */
import Sqlite from "better-sqlite3";

const pragma = Sqlite.prototype.pragma;

Sqlite.prototype.pragma = function (source: string, options?: Sqlite.PragmaOptions): unknown {
  if (source === "synchronous") return 2;
  return pragma.call(this, source.replace(/^synchronous = \w+$/, "synchronous = OFF"), options);
};
