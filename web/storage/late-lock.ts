/** The lock's part of the storage, loaded apart from the rest: few accounts have one. */

export { openStoreLock } from "./store-lock.ts";
export { unlock } from "./unlock.ts";
