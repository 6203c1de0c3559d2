/** A request that is refused: thrown anywhere on its way, answered in one place (middleware/errors.ts). */
import { ERROR_STATUS, type ErrorCode } from "./wire/error-codes.ts";

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: ErrorCode;
  readonly status: number;
  /** The relay's clock in Unix seconds; told only with `request-expired`. */
  readonly time: number | undefined;
  /** After how many whole seconds there is room again; told only with `rate-limited`, as `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, options: { readonly time?: number; readonly retryAfterSeconds?: number } = {}) {
    super(`request refused: ${code}`);
    this.code = code;
    this.status = ERROR_STATUS[code];
    this.time = options.time;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
