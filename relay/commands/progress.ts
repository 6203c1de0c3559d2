/** Word of a long copy now and then, so that it does not look stuck. */
import type { Surroundings } from "../configuration/surroundings.ts";

/** Rows between two words. */
const STEP_ROWS = 50_000;

/** Takes the number of rows copied so far, and tells it at every step. */
export function tellProgress({ complain }: Surroundings): (rows: number) => void {
  let told = 0;
  return (rows) => {
    if (rows - told < STEP_ROWS) return;
    told = rows - (rows % STEP_ROWS);
    complain(`${rows} rows so far`);
  };
}
