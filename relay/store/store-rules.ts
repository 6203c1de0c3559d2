/** What the parts of the store work by: its limits, and the database it is on. */
import type { StoreDialect } from "./dialect.ts";
import type { StoreLimits } from "./store.ts";

export interface StoreRules {
  readonly limits: StoreLimits;
  readonly dialect: StoreDialect;
}
