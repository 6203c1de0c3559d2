import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blobCapacity,
  blobLengthBucket,
  blobPath,
  CHUNK_BYTES,
  CHUNK_TAG_BYTES,
  chunkCount,
  chunkLength,
  chunkPath,
  formatCreateBlobRequest,
  isBlobLength,
  MAX_BLOB_BYTES,
  MAX_FILE_BYTES,
  MIN_BLOB_BYTES,
  parseBlobId,
  parseBlobStatus,
  parseBlobTerms,
  parseChunkIndex,
  parseCreateBlobRequest,
  sealedLength,
} from "./blob.ts";
import { BLOB_ERROR_STATUS, parseBlobErrorBody } from "./blob-errors.ts";
import { toBase64url } from "./bytes.ts";
import { ERROR_STATUS } from "./error-codes.ts";

const id = Uint8Array.from({ length: 32 }, (_, index) => index + 1);

describe("the lengths of blobs", () => {
  it("are Padmé's: few leading bits, and for each length the next one", () => {
    // E = 12, S = 4: multiples of 2^8; E = 20, S = 5: of 2^15; E = 26, S = 5: of 2^21.
    const buckets = [
      [0, 4096],
      [1, 4096],
      [4096, 4096],
      [4097, 4352],
      [4352, 4352],
      [8193, 8704],
      [65_535, 65_536],
      [65_537, 67_584],
      [1_048_577, 1_081_344],
      [67_108_865, 69_206_016],
      [100_000_000, 100_663_296],
    ] as const;
    for (const [length, bucket] of buckets) expect(blobLengthBucket(length), String(length)).toBe(bucket);
    expect(MAX_BLOB_BYTES).toBe(384 * CHUNK_BYTES);
  });

  it("go from the smallest to the largest, and no further", () => {
    expect([MIN_BLOB_BYTES, MAX_BLOB_BYTES].every(isBlobLength)).toBe(true);
    const others = [0, 1, 4095, 4097, 4351, MAX_BLOB_BYTES - 1, MAX_BLOB_BYTES + 1, MAX_BLOB_BYTES + 2 ** 21];
    for (const length of [...others, -4096, 4096.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32 + 4096]) {
      expect(isBlobLength(length), String(length)).toBe(false);
    }
    for (const length of [-1, 0.5, MAX_BLOB_BYTES + 1, Number.NaN]) {
      expect(() => blobLengthBucket(length), String(length)).toThrow(RangeError);
    }
  });

  it("hold every file with the tags of its chunks, and are at most an eighth longer than it takes", () => {
    fc.assert(
      fc.property(fc.nat(MAX_FILE_BYTES), (fileBytes) => {
        const length = blobLengthBucket(sealedLength(fileBytes));
        expect(isBlobLength(length)).toBe(true);
        expect(blobLengthBucket(length)).toBe(length);
        expect(blobCapacity(length)).toBeGreaterThanOrEqual(fileBytes);
        if (fileBytes >= MIN_BLOB_BYTES) expect(length).toBeLessThanOrEqual(sealedLength(fileBytes) * 1.125);
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  it("are cut into chunks that make up the whole, each with room for its tag", () => {
    for (let length = MIN_BLOB_BYTES; length < MAX_BLOB_BYTES; length = blobLengthBucket(length + 1)) {
      const chunks = Array.from({ length: chunkCount(length) }, (_, index) => chunkLength(length, index));
      expect(chunks.reduce((sum, chunk) => sum + chunk, 0)).toBe(length);
      expect(Math.min(...chunks)).toBeGreaterThan(CHUNK_TAG_BYTES);
      expect(chunks.slice(0, -1).every((chunk) => chunk === CHUNK_BYTES)).toBe(true);
      expect(chunkLength(length, chunks.length)).toBe(0);
    }
  });
});

describe("requests for blobs", () => {
  it("name the blob and its length", () => {
    const request = { id, length: 4096 };
    expect(parseCreateBlobRequest(formatCreateBlobRequest(request))).toEqual(request);
    const [text, valid] = [toBase64url(id), { id: toBase64url(id), length: 4096 }];
    for (const json of [
      { ...valid, more: 1 },
      { id: text },
      { length: 4096 },
      { ...valid, id: text.slice(1) },
      { ...valid, id: `${text}A` },
      { ...valid, length: -1 },
      { ...valid, length: 4096.5 },
      { ...valid, length: "4096" },
      { ...valid, length: 2 ** 53 },
      [],
      null,
    ]) {
      expect(parseCreateBlobRequest(json), JSON.stringify(json)).toBeNull();
    }
  });

  it("have paths with one spelling", () => {
    expect(blobPath(id)).toBe(`/api/blobs/${toBase64url(id)}`);
    expect(chunkPath(id, 383)).toBe(`/api/blobs/${toBase64url(id)}/383`);
    expect(parseBlobId(toBase64url(id))).toEqual(id);
    // The last character of 43 carries two bits that must be zero.
    const other = `${toBase64url(id).slice(0, -1)}B`;
    for (const text of ["", other, `${toBase64url(id)}=`, toBase64url(id.slice(1)), "%00", "A".repeat(10_000)]) {
      expect(parseBlobId(text), text.slice(0, 50)).toBeNull();
    }
    for (const index of [0, 1, 383, 999]) expect(parseChunkIndex(String(index))).toBe(index);
    for (const text of ["", "-1", "01", "1e2", "1.0", "1000", "99999999999999999999", " 1", "٣", "0x1"]) {
      expect(parseChunkIndex(text), text).toBeNull();
    }
  });
});

describe("answers about blobs", () => {
  it("say what is missing, of the chunks that there are", () => {
    const status = { length: 2 * CHUNK_BYTES, missing: [0, 1], expiresAt: 1 };
    for (const missing of [[], [1], [0, 1]]) {
      expect(parseBlobStatus({ ...status, missing, more: 1 })).toEqual({ ...status, missing });
    }
    for (const missing of [[2], [-1], [1, 0], [0, 0], [0.5], ["0"], null]) {
      expect(parseBlobStatus({ ...status, missing }), JSON.stringify(missing)).toBeNull();
    }
    expect(parseBlobStatus({ ...status, length: 2 * CHUNK_BYTES - 1 })).toBeNull();
    expect(parseBlobStatus({ ...status, expiresAt: -1 })).toBeNull();
    expect(parseBlobStatus(undefined)).toBeNull();
  });

  it("say on which terms a relay keeps them, if it does", () => {
    const description = { mailDays: 30, registration: "open" };
    const blobs = { days: 30, accountBytes: 2 ** 30 };
    expect(parseBlobTerms({ ...description, blobs })).toEqual(blobs);
    for (const json of [description, { ...description, blobs: { ...blobs, accountBytes: 0 } }, { blobs: {} }, null]) {
      expect(parseBlobTerms(json), JSON.stringify(json)).toBeNull();
    }
  });
});

describe("a refusal of a request for a blob", () => {
  it.each([...Object.keys(BLOB_ERROR_STATUS), ...Object.keys(ERROR_STATUS)])("says %s", (error) => {
    expect(parseBlobErrorBody({ error })).toEqual({ error });
  });

  it("says how much is free where that is known", () => {
    const body = { error: "blob-quota-exceeded", free: 4096 };
    expect(parseBlobErrorBody(body)).toEqual(body);
    for (const free of [-1, 0.5, "1"]) expect(parseBlobErrorBody({ ...body, free })).toBeNull();
    expect(parseBlobErrorBody({ error: "teapot" })).toBeNull();
  });

  it("has codes that are no other request's, each with a status of its own kind", () => {
    for (const [code, status] of Object.entries(BLOB_ERROR_STATUS)) {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(Object.hasOwn(ERROR_STATUS, code), code).toBe(false);
      expect(status).toBeGreaterThanOrEqual(400);
    }
  });
});
