/** Sending, receiving and acknowledging mail: the shapes of `send`, `receive` and `acknowledge`. */
import * as v from "valibot";
import { type Bytes, toBase64url } from "./bytes.ts";
import { MAX_ACKNOWLEDGEMENTS, MAX_ENVELOPE_BYTES, MAX_ENVELOPES_PER_PAGE, MAX_ENVELOPES_PER_SEND } from "./limits.ts";
import { base64urlBetween, base64urlBytes, deviceNumber, username } from "./schemas.ts";

/** Bytes of an envelope id, which its sender draws at random. */
export const ENVELOPE_ID_BYTES = 16;

const envelopeId = base64urlBytes(ENVELOPE_ID_BYTES);
const envelopeBody = base64urlBetween(1, MAX_ENVELOPE_BYTES);

const sendRequest = v.strictObject({
  to: username,
  envelopes: v.pipe(
    v.array(v.strictObject({ toDevice: deviceNumber, id: envelopeId, body: envelopeBody })),
    v.minLength(1),
    v.maxLength(MAX_ENVELOPES_PER_SEND),
  ),
});

/** `POST /api/send`: all of the envelopes are on disk when it is answered, or none is. */
export type SendRequest = v.InferOutput<typeof sendRequest>;

/** Parses the JSON of a `send`; null when it is malformed. */
export function parseSendRequest(json: unknown): SendRequest | null {
  const parsed = v.safeParse(sendRequest, json);
  return parsed.success ? parsed.output : null;
}

export function formatSendRequest(request: SendRequest): unknown {
  return {
    to: request.to,
    envelopes: request.envelopes.map(({ toDevice, id, body }) => ({
      toDevice,
      id: toBase64url(id),
      body: toBase64url(body),
    })),
  };
}

const sendResponse = v.object({ accepted: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) });

/** The answer to `send`: how many envelopes are now on disk, those that were there already included. */
export type SendResponse = v.InferOutput<typeof sendResponse>;

export function parseSendResponse(json: unknown): SendResponse | null {
  const parsed = v.safeParse(sendResponse, json);
  return parsed.success ? parsed.output : null;
}

/** An envelope as its recipient gets it. Everything but `body` is the relay's word. */
export const receivedEnvelope = v.object({
  id: envelopeId,
  from: username,
  fromDevice: deviceNumber,
  toDevice: deviceNumber,
  body: envelopeBody,
  /** Unix milliseconds by the relay's clock. */
  receivedAt: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

export type ReceivedEnvelope = v.InferOutput<typeof receivedEnvelope>;

export function formatReceivedEnvelope(envelope: ReceivedEnvelope) {
  const { id, from, fromDevice, toDevice, body, receivedAt } = envelope;
  return { id: toBase64url(id), from, fromDevice, toDevice, body: toBase64url(body), receivedAt };
}

const receiveResponse = v.object({
  envelopes: v.pipe(v.array(receivedEnvelope), v.maxLength(MAX_ENVELOPES_PER_PAGE)),
  /** Where the next page begins; null when this was the last. */
  next: v.nullable(v.pipe(v.string(), v.maxLength(32))),
  /** On the first page of several: how many envelopes wait, those of this page included. An older relay does not say. */
  waiting: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
});

/** The answer to `GET /api/receive/:username?after=<next of the page before>`: oldest first, nothing is deleted. */
export type ReceiveResponse = v.InferOutput<typeof receiveResponse>;

export function parseReceiveResponse(json: unknown): ReceiveResponse | null {
  const parsed = v.safeParse(receiveResponse, json);
  return parsed.success ? parsed.output : null;
}

/** Names one envelope in a mailbox. The sender is part of the name, since senders draw their ids independently. */
export interface EnvelopeName {
  readonly from: string;
  readonly fromDevice: number;
  readonly id: Bytes;
}

const acknowledgeRequest = v.strictObject({
  envelopes: v.pipe(
    v.array(v.strictObject({ from: username, fromDevice: deviceNumber, id: envelopeId })),
    v.minLength(1),
    v.maxLength(MAX_ACKNOWLEDGEMENTS),
  ),
});

/** `POST /api/acknowledge/:username`: deletes these envelopes of the signing device; one that is gone is no error. */
export type AcknowledgeRequest = v.InferOutput<typeof acknowledgeRequest>;

export function parseAcknowledgeRequest(json: unknown): AcknowledgeRequest | null {
  const parsed = v.safeParse(acknowledgeRequest, json);
  return parsed.success ? parsed.output : null;
}

export function formatAcknowledgeRequest(names: readonly EnvelopeName[]): unknown {
  return { envelopes: names.map(({ from, fromDevice, id }) => ({ from, fromDevice, id: toBase64url(id) })) };
}
