/** What the errors of PostgreSQL and its driver mean for the relay. */
import { DatabaseError } from "pg";
import { isReadTimeout } from "./postgres-deadline.ts";
import { StoreError, StoreFailure, type StoreFailureReason } from "./store.ts";

/** By SQLSTATE, or its class of two letters (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const REASONS: Readonly<Record<string, StoreFailureReason>> = {
  // Connection exceptions, and a password or database that is not the right one any more.
  "08": "unreachable",
  "28": "unreachable",
  "3D000": "unreachable",
  "25006": "read-only",
  // A transaction that stood still for too long was ended, with its connection.
  "25P03": "unreachable",
  // Serialization failures and deadlocks that came again and again.
  "40": "busy",
  "53100": "full",
  // Out of memory or of connections.
  "53": "busy",
  "55P03": "busy",
  "57014": "busy",
  // Shutdowns, crashes, starting up.
  "57": "unreachable",
  "58": "unreachable",
  XX001: "corrupt",
  XX002: "corrupt",
};

/** Two transactions were in each other's way, and PostgreSQL undid one: it may succeed when it is tried again. */
export function isCollision(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code === "40001" || error.code === "40P01");
}

/** An error as the relay knows it: a StoreFailure where the database failed, and as it is where the fault is ours. */
export function failureOf(error: unknown): unknown {
  const reason = explainPostgres(error);
  return reason === null ? error : new StoreFailure(reason, { cause: error });
}

/** What an error means; null for those that are our own fault. */
export function explainPostgres(error: unknown): StoreFailureReason | null {
  if (error instanceof DatabaseError) {
    const { code = "" } = error;
    return REASONS[code] ?? REASONS[code.slice(0, 2)] ?? null;
  }
  // A database that was started again, and does not write durably any more.
  if (error instanceof StoreError) return "unreachable";
  if (isReadTimeout(error)) return "unreachable";
  // What the pool says when all of its connections were in use for too long.
  if (error instanceof Error && error.message.startsWith("timeout exceeded when trying to connect")) return "busy";
  return error instanceof Error && isConnectionError(error) ? "unreachable" : null;
}

/** Of the system, which have a code, or of the driver, which has only words for them. */
function isConnectionError(error: Error): boolean {
  if ("code" in error && typeof error.code === "string") return /^E(?!RR_)[A-Z_]+$/.test(error.code);
  return error.name === "Error" && /\b(connection|connect|queryable)\b/i.test(error.message);
}
