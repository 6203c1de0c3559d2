/**
 * One connection to PostgreSQL that listens on a channel, and comes back by itself when it is lost. PostgreSQL keeps
 * nothing for those who do not listen: what was sent meanwhile is gone.
 */
import { Client } from "pg";
import { KEEP_ALIVE_MILLISECONDS } from "../store/postgres-connection.ts";
import { isReadTimeout } from "../store/postgres-deadline.ts";

const CHANNEL = "sotto_live";
const CONNECT_MILLISECONDS = 5000;
/** The first wait before it tries again; each further one is twice as long, up to the last. */
const FIRST_RETRY_MILLISECONDS = 100;
const LAST_RETRY_MILLISECONDS = 5000;

export interface ListeningParts {
  /** PostgreSQL's address, `postgres://...`. */
  readonly url: string;
  /** Called with everything that is sent on the channel, also by this connection. */
  readonly onPayload: (payload: string) => void;
  /** It listens, for the first time or again. */
  readonly onListening: () => void;
  /** It could not connect, or was cut off. */
  readonly onLost: (error: unknown) => void;
}

export class ListeningConnection {
  readonly #parts: ListeningParts;
  #client: Client | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #retryMilliseconds = FIRST_RETRY_MILLISECONDS;
  #closed = false;

  constructor(parts: ListeningParts) {
    this.#parts = parts;
  }

  get isListening(): boolean {
    return this.#client !== null;
  }

  /** Tries to connect once; goes on trying when it cannot, or when it is cut off later. Never rejects. */
  async open(): Promise<void> {
    const client = new Client({
      connectionString: this.#parts.url,
      application_name: "sotto live",
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
      query_timeout: CONNECT_MILLISECONDS,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_MILLISECONDS,
    });
    let fault: unknown = null;
    client.on("error", (error) => {
      fault = error;
    });
    client.on("notification", ({ payload = "" }) => this.#parts.onPayload(payload));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      client.end().catch(() => {});
      this.#retry(error);
      return;
    }
    if (this.#closed || fault !== null) {
      await client.end();
      this.#retry(fault);
      return;
    }
    client.on("end", () => {
      this.#client = null;
      this.#retry(fault);
    });
    this.#client = client;
    this.#retryMilliseconds = FIRST_RETRY_MILLISECONDS;
    this.#parts.onListening();
  }

  /** Sends to everyone who listens, itself included; resolves to whether PostgreSQL took it. Never rejects. */
  async send(payload: string): Promise<boolean> {
    const client = this.#client;
    if (!client) return false;
    try {
      await client.query("select pg_notify($1, $2)", [CHANNEL, payload]);
      return true;
    } catch (error) {
      // A broken connection ends, and then comes back; one that says nothing would not.
      if (isReadTimeout(error) && this.#client === client) {
        client.removeAllListeners("end");
        client.end().catch(() => {});
        this.#client = null;
        this.#retry(error);
      }
      return false;
    }
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#retryTimer) clearTimeout(this.#retryTimer);
    await this.#client?.end();
  }

  #retry(error: unknown): void {
    if (this.#closed) return;
    this.#parts.onLost(error);
    this.#retryTimer = setTimeout(() => void this.open(), this.#retryMilliseconds);
    this.#retryMilliseconds = Math.min(2 * this.#retryMilliseconds, LAST_RETRY_MILLISECONDS);
  }
}
