/** The names under which workers are started, which tell them what to be: an account's engine, or the directory. */

const DIRECTORY = "sotto/directory";
const ACCOUNT_PREFIX = "sotto/account/";

export type WorkerRole =
  | { readonly kind: "directory" }
  /** `relay` is an origin; null for the one that the worker's script comes from. */
  | { readonly kind: "account"; readonly username: string; readonly relay: string | null };

/** A page that uses another relay than before gets another worker, which waits until the one before is gone. */
export function formatWorkerName(role: WorkerRole): string {
  if (role.kind === "directory") return DIRECTORY;
  return ACCOUNT_PREFIX + role.username + (role.relay === null ? "" : `@${role.relay}`);
}

/**
 * Parses a worker's own name; null when it is none of ours. Whether the username is well-formed is for the engine to
 * say.
 */
export function parseWorkerName(name: string): WorkerRole | null {
  if (name === DIRECTORY) return { kind: "directory" };
  if (!name.startsWith(ACCOUNT_PREFIX)) return null;
  const [username = "", relay = null] = name.slice(ACCOUNT_PREFIX.length).split("@");
  return username === "" ? null : { kind: "account", username, relay };
}
