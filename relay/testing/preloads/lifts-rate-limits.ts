/** Makes every bucket of a relay hold as many requests as a load can make, all from one address. */
import { DEFAULT_LIMITS } from "../../limits.ts";

const LOTS = 1_000_000_000;

function lift(limits: object): void {
  for (const value of Object.values(limits)) {
    if (typeof value !== "object" || value === null) continue;
    if ("capacity" in value && "refillMilliseconds" in value) {
      Object.assign(value, { capacity: LOTS, refillMilliseconds: 1 });
    } else {
      lift(value);
    }
  }
}

lift(DEFAULT_LIMITS);
