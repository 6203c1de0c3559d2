/** A request that is refused: thrown anywhere on its way, answered in one place (middleware/errors.ts). */
import { BLOB_ERROR_STATUS, type BlobErrorCode } from "./wire/blob-errors.ts";
import { ERROR_STATUS, type ErrorCode } from "./wire/error-codes.ts";

export type RefusalCode = ErrorCode | BlobErrorCode;

/** The HTTP status of every refusal. */
export const REFUSAL_STATUS: Readonly<Record<RefusalCode, number>> = { ...ERROR_STATUS, ...BLOB_ERROR_STATUS };

interface RefusalOptions {
  readonly time?: number;
  readonly retryAfterSeconds?: number;
  readonly free?: number;
}

export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: RefusalCode;
  readonly status: number;
  /** The relay's clock in Unix seconds; told only with `request-expired`. */
  readonly time: number | undefined;
  /** After how many whole seconds there is room again; told only with `rate-limited`, as `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;
  /** Bytes of blobs that the account may still have; told only where its own blobs leave no room. */
  readonly free: number | undefined;

  constructor(code: RefusalCode, options: RefusalOptions = {}) {
    super(`request refused: ${code}`);
    this.code = code;
    this.status = REFUSAL_STATUS[code];
    this.time = options.time;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.free = options.free;
  }
}
