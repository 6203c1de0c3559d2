/**
 * Group commit: what asks for the database while a commit is under way shares the next one, so that one wait for the
 * disk serves many requests. Each piece of work runs behind its own savepoint: one that throws leaves no trace and
 * disturbs no other. Nothing is answered before the commit of all of it is on disk.
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
  #waiting: Entry[] = [];
  #running = false;

  /** `onCommit` is told how many pieces of work each commit held. */
  constructor(db: Kysely<Tables>, onCommit: (size: number) => void) {
    this.#db = db;
    this.#onCommit = onCommit;
  }

  run<T>(work: Work<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const perform = async (trx: Transaction<Tables>) => {
        const value = await work(trx);
        return () => resolve(value);
      };
      this.#waiting.push({ perform, reject });
      if (this.#running) return;
      this.#running = true;
      void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      // All that this turn of the event loop still brings comes along.
      await new Promise(setImmediate);
      const batch = this.#waiting.slice(0, MAX_BATCH);
      this.#waiting = this.#waiting.slice(MAX_BATCH);
      await this.#commit(batch);
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
