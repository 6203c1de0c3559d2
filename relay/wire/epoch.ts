/**
 * Epochs: random values by which a device finds out whether its storage was put back to an older state. At every start it
 * sets a fresh one in place of the one it set before; where the relay holds one that the device never set, another life
 * of the same storage has set it.
 */
import * as v from "valibot";
import { type Bytes, toBase64url } from "./bytes.ts";
import { base64urlBytes } from "./schemas.ts";

/** Bytes of an epoch. */
export const EPOCH_BYTES = 16;
/** Epochs that one request may expect: the latest ones of a device, since a relay may have been put back, too. */
export const MAX_EXPECTED_EPOCHS = 64;

const epoch = base64urlBytes(EPOCH_BYTES);

const epochRequest = v.strictObject({
  expected: v.pipe(v.array(epoch), v.maxLength(MAX_EXPECTED_EPOCHS), v.readonly()),
  next: epoch,
});

/** `POST /api/epoch/:username`: sets `next` if the signing device's present epoch is one of `expected`, or if it has none. */
export type EpochRequest = v.InferOutput<typeof epochRequest>;

/** Parses the JSON of an `epoch`; null when it is malformed. */
export function parseEpochRequest(json: unknown): EpochRequest | null {
  const parsed = v.safeParse(epochRequest, json);
  return parsed.success ? parsed.output : null;
}

export function formatEpochRequest({ expected, next }: EpochRequest): unknown {
  return { expected: expected.map((one) => toBase64url(one)), next: toBase64url(next) };
}

/** The epoch that the device has after the request: `next`, or another one that was not expected, and stays. */
export interface EpochResponse {
  readonly epoch: Bytes;
}

const epochResponse = v.object({ epoch });

export function parseEpochResponse(json: unknown): EpochResponse | null {
  const parsed = v.safeParse(epochResponse, json);
  return parsed.success ? parsed.output : null;
}

export function formatEpochResponse({ epoch: present }: EpochResponse): unknown {
  return { epoch: toBase64url(present) };
}
