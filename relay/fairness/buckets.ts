/** Buckets of tokens by name: in the memory of one relay (memory-buckets.ts), or shared by several (store-buckets.ts). */
import type { BucketRequest } from "./gcra.ts";

export type TakeOutcome =
  | { readonly kind: "ok" }
  /** There is room for all of it after so many milliseconds, unless others take it first. Nothing was taken. */
  | { readonly kind: "wait"; readonly milliseconds: number };

export interface Buckets {
  /** Takes all that is asked for, or nothing. No name comes twice. `now` is in Unix milliseconds. */
  take(requests: readonly BucketRequest[], now: number): Promise<TakeOutcome>;
}
