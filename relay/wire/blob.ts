/**
 * Blobs: sealed bytes that a relay keeps beside the mail, such as a file that a message names. A blob has one of few
 * lengths (Padmé: "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", Nikitin et al. 2019, §4)
 * and travels in chunks, each a request of its own, so that none is large and an upload goes on where it ended:
 *
 *   E = floor(log2 L), S = floor(log2 E) + 1     L rounded up to a multiple of 2^(E - S)
 *
 * What is inside, and under which key, is for the devices to agree on.
 */
import * as v from "valibot";
import { type Bytes, fromBase64url, toBase64url } from "./bytes.ts";
import { base64urlBytes } from "./schemas.ts";

/** Bytes of a blob's id, which who makes the blob draws at random: whoever knows it may read the blob. */
export const BLOB_ID_BYTES = 32;
/** Every chunk but the last one, which is what remains. */
export const CHUNK_BYTES = 262_144;
/** Of each chunk these many bytes are the tag of its encryption. */
export const CHUNK_TAG_BYTES = 16;
/** The largest file that fits. */
export const MAX_FILE_BYTES = 100_000_000;
/** The smallest length that there is. */
export const MIN_BLOB_BYTES = 4096;
/** The largest: the bucket of the largest file with the tags of its chunks. */
export const MAX_BLOB_BYTES = roundUp(sealedLength(MAX_FILE_BYTES));

/** How many bytes a file of so many takes, cut into chunks with a tag each; before padding. */
export function sealedLength(fileBytes: number): number {
  return fileBytes + CHUNK_TAG_BYTES * Math.ceil(fileBytes / (CHUNK_BYTES - CHUNK_TAG_BYTES));
}

/** The smallest length of a blob that holds so many sealed bytes; throws RangeError where none does. */
export function blobLengthBucket(length: number): number {
  if (!Number.isSafeInteger(length) || length < 0 || length > MAX_BLOB_BYTES) {
    throw new RangeError(`blob must have 0 to ${MAX_BLOB_BYTES} bytes, got ${length}`);
  }
  return roundUp(Math.max(length, MIN_BLOB_BYTES));
}

/** Whether a blob may be exactly so long. */
export function isBlobLength(length: number): boolean {
  const inRange = Number.isSafeInteger(length) && length >= MIN_BLOB_BYTES && length <= MAX_BLOB_BYTES;
  return inRange && roundUp(length) === length;
}

/** Of how many chunks a blob of this length consists. */
export function chunkCount(blobLength: number): number {
  return Math.ceil(blobLength / CHUNK_BYTES);
}

/** The bytes of the chunk at this index, from 0; 0 where the blob has none there. */
export function chunkLength(blobLength: number, index: number): number {
  return Math.max(0, Math.min(CHUNK_BYTES, blobLength - index * CHUNK_BYTES));
}

/** How many bytes of a file a blob of this length holds: all that its chunks' tags leave. */
export function blobCapacity(blobLength: number): number {
  return blobLength - CHUNK_TAG_BYTES * chunkCount(blobLength);
}

/** `length` is at least 2 and below 2^31. */
function roundUp(length: number): number {
  const exponent = floorOfLog2(length);
  const unit = 2 ** (exponent - floorOfLog2(exponent) - 1);
  return Math.ceil(length / unit) * unit;
}

function floorOfLog2(value: number): number {
  return 31 - Math.clz32(value);
}

const blobId = base64urlBytes(BLOB_ID_BYTES);
const wholeNumber = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const createBlobRequest = v.strictObject({ id: blobId, length: wholeNumber });

/** `POST /api/blobs`: reserves the whole length. That the length is one of a blob's is for the relay to check. */
export type CreateBlobRequest = v.InferOutput<typeof createBlobRequest>;

/** Parses the JSON of the request; null when it is malformed. */
export function parseCreateBlobRequest(json: unknown): CreateBlobRequest | null {
  const parsed = v.safeParse(createBlobRequest, json);
  return parsed.success ? parsed.output : null;
}

export function formatCreateBlobRequest({ id, length }: CreateBlobRequest): unknown {
  return { id: toBase64url(id), length };
}

const blobStatus = v.pipe(
  v.object({
    length: v.pipe(v.number(), v.check(isBlobLength)),
    /** The indexes of the chunks that are not there yet, ascending; none when the blob is whole. */
    missing: v.array(wholeNumber),
    /** Unix milliseconds by the relay's clock; of an unfinished blob, when it goes unless it is finished. */
    expiresAt: wholeNumber,
  }),
  v.check(({ length, missing }) => missing.every((index, at) => isNextIndex(length, index, missing[at - 1] ?? -1))),
);

/** The answer to `POST /api/blobs` and to `GET /api/blobs/:id`. */
export type BlobStatus = v.InferOutput<typeof blobStatus>;

/** Parses the answer; null when it is malformed, or speaks of chunks that the blob does not have. */
export function parseBlobStatus(json: unknown): BlobStatus | null {
  const parsed = v.safeParse(blobStatus, json);
  return parsed.success ? parsed.output : null;
}

function isNextIndex(length: number, index: number, before: number): boolean {
  return index > before && index < chunkCount(length);
}

const blobTerms = v.object({ blobs: v.object({ days: wholeNumber, accountBytes: wholeNumber }) });

/** On which terms a relay keeps blobs: for how many days, and so many bytes for each account. */
export type BlobTerms = v.InferOutput<typeof blobTerms>["blobs"];

/** Reads them from the answer to `GET /api/relay`; null of a relay that keeps none. */
export function parseBlobTerms(json: unknown): BlobTerms | null {
  const parsed = v.safeParse(blobTerms, json);
  return parsed.success && parsed.output.blobs.accountBytes > 0 ? parsed.output.blobs : null;
}

/** The path of a blob, of which `DELETE` and `GET` are asked. */
export function blobPath(id: Bytes): string {
  return `/api/blobs/${toBase64url(id)}`;
}

/** The path of one chunk, of which `PUT` and `GET` are asked. */
export function chunkPath(id: Bytes, index: number): string {
  return `${blobPath(id)}/${index}`;
}

/** Parses the id of a path; null when it is not the one spelling of 32 bytes. */
export function parseBlobId(text: string): Bytes | null {
  const id = text.length > 43 ? null : fromBase64url(text);
  return id?.length === BLOB_ID_BYTES ? id : null;
}

/** Parses the index of a path; null when it is not the one spelling of a number below 1,000. */
export function parseChunkIndex(text: string): number | null {
  return /^(0|[1-9][0-9]{0,2})$/.test(text) ? Number(text) : null;
}
