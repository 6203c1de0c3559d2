/** The refusals of requests for blobs, beside those of every request (error-codes.ts). */
import * as v from "valibot";
import { type ErrorCode, parseErrorBody } from "./error-codes.ts";

/** The stable codes and the HTTP status that goes with each; docs/protocol.md, "Errors", explains them. */
export const BLOB_ERROR_STATUS = {
  "blob-length-invalid": 400,
  "chunk-index-invalid": 400,
  "chunk-length-invalid": 400,
  "unknown-blob": 404,
  "missing-chunk": 404,
  "blob-conflict": 409,
  "chunk-conflict": 409,
  "blob-too-large": 413,
  "blob-quota-exceeded": 507,
  "blob-store-full": 507,
} as const satisfies Readonly<Record<string, number>>;

export type BlobErrorCode = keyof typeof BLOB_ERROR_STATUS;

/** What the body of a refusal holds; `free` comes with `blob-too-large` and `blob-quota-exceeded` only. */
export interface BlobErrorBody {
  readonly error: ErrorCode | BlobErrorCode;
  /** Unix seconds, the relay's clock; with `request-expired` only. */
  readonly time?: number | undefined;
  /** Bytes that the account may still reserve. */
  readonly free?: number | undefined;
}

const codes = Object.keys(BLOB_ERROR_STATUS) as BlobErrorCode[];
const blobErrorBody = v.object({
  error: v.picklist(codes),
  free: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
});

/** Parses the body of whatever a request for a blob was refused with; null when it is none that this version knows. */
export function parseBlobErrorBody(json: unknown): BlobErrorBody | null {
  const parsed = v.safeParse(blobErrorBody, json);
  return parsed.success ? parsed.output : parseErrorBody(json);
}
