/** Every refusal of the relay is `{ "error": code }` with the status given here. */
import * as v from "valibot";

/** The stable codes and the HTTP status that goes with each; docs/protocol.md, "Errors", explains them. */
export const ERROR_STATUS = {
  "bad-request": 400,
  "username-invalid": 400,
  "manifest-invalid": 400,
  "key-invalid": 400,
  "signature-missing": 401,
  "signature-malformed": 401,
  "signature-invalid": 401,
  "request-expired": 401,
  "request-replayed": 401,
  "unknown-device": 401,
  forbidden: 403,
  "invite-required": 403,
  "registration-closed": 403,
  "not-found": 404,
  "unknown-user": 404,
  "method-not-allowed": 405,
  "name-taken": 409,
  "manifest-outdated": 409,
  "too-many-prekeys": 409,
  "envelope-conflict": 409,
  "request-timeout": 408,
  "body-too-large": 413,
  "unsupported-media-type": 415,
  "wrong-authority": 421,
  "rate-limited": 429,
  "headers-too-large": 431,
  internal: 500,
  unavailable: 503,
  "mailbox-full": 507,
} as const satisfies Readonly<Record<string, number>>;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** What a refusal's body holds; `time` (Unix seconds, the relay's clock) comes with `request-expired` only. */
export interface ErrorBody {
  readonly error: ErrorCode;
  readonly time?: number | undefined;
}

const errorCodes = Object.keys(ERROR_STATUS) as ErrorCode[];
const errorBody = v.object({ error: v.picklist(errorCodes), time: v.optional(v.pipe(v.number(), v.safeInteger())) });

/** Parses a refusal's body; null when it is none that this version knows. */
export function parseErrorBody(json: unknown): ErrorBody | null {
  const parsed = v.safeParse(errorBody, json);
  return parsed.success ? parsed.output : null;
}
