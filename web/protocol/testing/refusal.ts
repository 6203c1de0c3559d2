/** Expectations about refusals: which code, whether thrown or rejected, and damaged copies of byte strings. */
import { expect } from "vitest";
import type { Bytes } from "../bytes.ts";
import { ProtocolError, type ProtocolErrorCode } from "../protocol-error.ts";

function isRefusal(error: unknown, code: ProtocolErrorCode): void {
  expect(error).toBeInstanceOf(ProtocolError);
  expect(error).toHaveProperty("code", code);
  expect(error).toHaveProperty("name", "ProtocolError");
}

/** Expects `attempt` to throw a ProtocolError of this code. */
export function expectThrown(attempt: () => unknown, code: ProtocolErrorCode): void {
  try {
    attempt();
  } catch (error) {
    isRefusal(error, code);
    return;
  }
  expect.fail(`expected the refusal ${code}, nothing was thrown`);
}

/** Expects `attempt` to reject with a ProtocolError of this code. */
export async function expectRejected(attempt: Promise<unknown>, code: ProtocolErrorCode): Promise<void> {
  const outcome = await attempt.then(
    () => null,
    (error: unknown) => ({ error }),
  );
  if (outcome === null) expect.fail(`expected the refusal ${code}, nothing was thrown`);
  isRefusal(outcome.error, code);
}

/** A copy with one bit of byte `index` flipped: the given one, or another for each byte. */
export function flipBit(bytes: Uint8Array, index: number, bit = index % 8): Bytes {
  return Uint8Array.from(bytes, (byte, position) => (position === index ? byte ^ (1 << bit) : byte));
}
