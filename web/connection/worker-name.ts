/** The names under which workers are started, which tell them what to be: an account's engine, or the directory. */

const DIRECTORY = "sotto/directory";
const ACCOUNT_PREFIX = "sotto/account/";

export type WorkerRole = { readonly kind: "directory" } | { readonly kind: "account"; readonly username: string };

export function formatWorkerName(role: WorkerRole): string {
  return role.kind === "directory" ? DIRECTORY : ACCOUNT_PREFIX + role.username;
}

/**
 * Parses a worker's own name; null when it is none of ours. Whether the username is well-formed is for the engine to
 * say.
 */
export function parseWorkerName(name: string): WorkerRole | null {
  if (name === DIRECTORY) return { kind: "directory" };
  const username = name.startsWith(ACCOUNT_PREFIX) ? name.slice(ACCOUNT_PREFIX.length) : "";
  return username === "" ? null : { kind: "account", username };
}
