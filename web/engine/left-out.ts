/** What is left out of the first load, so that the app is there sooner, and fetched when there is time. */
import { isMlKem768There } from "../protocol/kem.ts";

/** Fetches it, so that it is there when it is needed and the relay is not. A failure is met then. */
export function loadLeftOut(): void {
  Promise.all([import("./late.ts"), isMlKem768There()]).catch(() => undefined);
}
