/**
 * Properties of the sessions of two honest devices, over runs that fast-check makes up. A step is one operation that did
 * something, or one delivery; the files sessions-properties*.test.ts check 100,000 of them together.
 *
 *   SOTTO_PROPERTY_STEPS=1000000 npx vitest run web/engine/sessions-properties     a longer run
 *   SOTTO_PROPERTY_SEED=7                                                          another one
 *
 * A failure prints the seed and the path that repeat it, and the shortest run that fails.
 */
import { describe, it, vi } from "vitest";
import { suiteV1 } from "../protocol/suite.ts";
import { nativeCrypto } from "../protocol/testing/native-crypto.ts";
import { checkDelivery, timeoutOf } from "./testing/session-properties.ts";

vi.mock("@noble/curves/ed25519.js", async (importOriginal) => {
  const { withNativeX25519 } = await import("../protocol/testing/native-crypto.ts");
  return withNativeX25519(await importOriginal());
});
vi.stubGlobal("crypto", nativeCrypto);

describe("between two devices over a network that loses, repeats, reorders and alters, with crashes anywhere", () => {
  const share = 0.5;

  it(
    "each envelope within the limits opens once to its text, and nothing else changes a device",
    () => checkDelivery({ suite: suiteV1, share, beginWeight: 2 }),
    timeoutOf(share),
  );
});
