/**
 * Group commit: what asks for the database while a commit is under way shares the next one, so that one wait for the
 * disk serves many requests. Each piece of work runs behind its own savepoint: one that throws leaves no trace and
 * disturbs no other. Nothing is answered before the commit of all of it is on disk.
 *
 * What writes much has a commit to itself, and the others take turns with it: whoever waits, waits for one such piece at
 * most, however many are in line.
 */
import { type Kysely, sql, type Transaction } from "kysely";
import type { Tables } from "./tables.ts";

/** Work inside a transaction; what it throws undoes what it did. */
export type Work<T> = (trx: Transaction<Tables>) => Promise<T>;

/** Runs each piece of work in a transaction, alone or with others; what it resolves to is on disk by then. */
export interface Transactions {
  run<T>(work: Work<T>): Promise<T>;
}

/** The most that shares one commit, so that the first of many does not wait for the last. */
const MAX_BATCH = 256;

interface Entry {
  /** Does the work and returns what settles its promise once everything is on disk. */
  readonly perform: (trx: Transaction<Tables>) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit implements Transactions {
  readonly #db: Kysely<Tables>;
  readonly #onCommit: (size: number) => void;
  readonly #waiting: Entry[] = [];
  readonly #large: Entry[] = [];
  #running = false;

  /** `onCommit` is told how many pieces of work each commit held. */
  constructor(db: Kysely<Tables>, onCommit: (size: number) => void) {
    this.#db = db;
    this.#onCommit = onCommit;
  }

  run<T>(work: Work<T>): Promise<T> {
    return this.#add(this.#waiting, work);
  }

  /** For work that writes much: each piece has a commit of its own. */
  readonly large: Transactions = { run: (work) => this.#add(this.#large, work) };

  #add<T>(line: Entry[], work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const perform = async (trx: Transaction<Tables>) => {
        const value = await work(trx);
        return () => resolve(value);
      };
      line.push({ perform, reject });
      if (this.#running) return;
      this.#running = true;
      void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0 || this.#large.length > 0) {
      // All that this turn of the event loop still brings comes along.
      await new Promise(setImmediate);
      const batch = this.#waiting.splice(0, MAX_BATCH);
      if (batch.length > 0) await this.#commit(batch);
      const large = this.#large.splice(0, 1);
      if (large.length > 0) await this.#commit(large);
    }
    this.#running = false;
  }

  async #commit(batch: readonly Entry[]): Promise<void> {
    const settle: (() => void)[] = [];
    let cause: unknown = null;
    try {
      await this.#db.transaction().execute(async (trx) => {
        for (const entry of batch) {
          await sql`savepoint entry`.execute(trx);
          try {
            settle.push(await entry.perform(trx));
          } catch (error) {
            cause = error;
            // Fails when the database gave up the whole transaction, as it does when the disk is full.
            await sql`rollback to entry`.execute(trx);
            cause = null;
            settle.push(() => entry.reject(error));
          }
          await sql`release entry`.execute(trx);
        }
      });
    } catch (error) {
      for (const entry of batch) entry.reject(cause ?? error);
      return;
    }
    this.#onCommit(batch.length);
    for (const one of settle) one();
  }
}
