import { expect, it } from "vitest";
import {
  EPOCH_BYTES,
  formatEpochRequest,
  formatEpochResponse,
  MAX_EXPECTED_EPOCHS,
  parseEpochRequest,
  parseEpochResponse,
} from "./epoch.ts";

const epochOf = (byte: number, length = EPOCH_BYTES) => new Uint8Array(length).fill(byte);
const many = (count: number) => Array.from({ length: count }, (_, index) => epochOf(index));

it("reads back what it wrote, up to the limit of what may be expected", () => {
  for (const count of [0, 1, MAX_EXPECTED_EPOCHS]) {
    const request = { expected: many(count), next: epochOf(255) };
    expect(parseEpochRequest(JSON.parse(JSON.stringify(formatEpochRequest(request))))).toEqual(request);
  }
  expect(parseEpochResponse(formatEpochResponse({ epoch: epochOf(7) }))).toEqual({ epoch: epochOf(7) });
});

it("refuses what is malformed", () => {
  const next = epochOf(255);
  for (const request of [
    formatEpochRequest({ expected: many(MAX_EXPECTED_EPOCHS + 1), next }),
    formatEpochRequest({ expected: [epochOf(1, EPOCH_BYTES - 1)], next }),
    formatEpochRequest({ expected: [], next: epochOf(1, EPOCH_BYTES + 1) }),
    { expected: [] },
    { next: "AAAAAAAAAAAAAAAAAAAAAA" },
    { expected: [], next: "AAAAAAAAAAAAAAAAAAAAAA", more: 1 },
    { expected: "AAAAAAAAAAAAAAAAAAAAAA", next: "AAAAAAAAAAAAAAAAAAAAAA" },
    [],
    null,
  ]) {
    expect(parseEpochRequest(request)).toBeNull();
  }
  for (const response of [{}, { epoch: 1 }, { epoch: "AAAA" }, null]) expect(parseEpochResponse(response)).toBeNull();
});
