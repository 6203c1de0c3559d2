/** What the benchmark asks of the process that makes the load, and what that answers. */

export interface Account {
  readonly username: string;
  /** Ed25519, which signs its requests; base64url. */
  readonly secretKey: string;
}

export interface Flood {
  readonly kind: "flood";
  readonly port: number;
  readonly path: string;
  readonly senders: readonly Account[];
  /** Usernames, which take turns. */
  readonly recipients: readonly string[];
  /** Connections, each with one request on its way. */
  readonly concurrency: number;
  readonly milliseconds: number;
  /** How many requests are made beforehand. */
  readonly requests: number;
  /** Whether a request may come more than once; else the flood ends when they are used up. */
  readonly repeats: boolean;
}

export interface Live {
  readonly kind: "live";
  readonly port: number;
  readonly sender: Account;
  readonly recipient: Account;
  readonly messages: number;
}

export interface Idle {
  readonly kind: "idle";
  readonly port: number;
  readonly accounts: readonly Account[];
  readonly socketsEach: number;
}

export interface Mailbox {
  readonly kind: "mailbox";
  readonly port: number;
  readonly sender: Account;
  readonly recipient: Account;
  readonly messages: number;
}

export type Job = Flood | Live | Idle | Mailbox;

/** Milliseconds of each request. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

export interface FloodResult extends Latencies {
  readonly perSecond: number;
}

export interface IdleResult {
  /** How many sockets are open now, and stay so. */
  readonly sockets: number;
}

export interface MailboxResult {
  readonly messages: number;
  /** Milliseconds to read every page. */
  readonly receive: number;
  /** Milliseconds to read and acknowledge page after page until nothing is left. */
  readonly handOver: number;
}

export interface Results {
  readonly flood: FloodResult;
  readonly live: Latencies;
  readonly idle: IdleResult;
  readonly mailbox: MailboxResult;
}

/** The percentiles of some durations, which are not in order. */
export function latencies(milliseconds: readonly number[]): Latencies {
  const ordered = [...milliseconds].sort((one, other) => one - other);
  const at = (share: number) => ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
