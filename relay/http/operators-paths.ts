/** The paths that are for whoever runs the relay: unsigned, and answered also while it can do nothing else. */

/** Answered to the very end: whether the process runs, and that it takes nothing more on. */
const HEALTH_PATHS: readonly string[] = ["/live", "/ready"];

export function isHealthPath(path: string): boolean {
  return HEALTH_PATHS.includes(path);
}

export function isOperatorsPath(path: string): boolean {
  return isHealthPath(path) || path === "/metrics";
}
