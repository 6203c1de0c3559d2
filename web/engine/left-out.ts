/** What is left out of the first load, so that the app is there sooner: it comes when it is needed, or when there is time. */
import { isMlKem768There } from "../protocol/kem.ts";
import { noPart } from "./ports.ts";

/** The part of the engine that comes late (late.ts). */
export type Late = typeof import("./late.ts");

/** Fetches it; rejects with PartMissingError where it cannot be had. */
export function loadLate(): Promise<Late> {
  return import("./late.ts").catch(noPart);
}

/** As `loadLate`, for whom it is the same as a relay that cannot be reached: null where it cannot be had. */
export async function lateOrNull(): Promise<Late | null> {
  return await loadLate().catch(() => null);
}

/** Fetches all of it, so that it is there when it is needed and the relay is not. A failure is met then. */
export function loadLeftOut(): void {
  Promise.all([loadLate(), isMlKem768There()]).catch(() => undefined);
}
