/** The properties of sessions-properties.test.ts with protocol version 2, and that both devices settle on one session. */
import { describe, it, vi } from "vitest";
import { suiteV1, suiteV2 } from "../protocol/suite.ts";
import { nativeCrypto } from "../protocol/testing/native-crypto.ts";
import { checkConvergence, checkDelivery, timeoutOf } from "./testing/session-properties.ts";

vi.mock("@noble/curves/ed25519.js", async (importOriginal) => {
  const { withNativeX25519 } = await import("../protocol/testing/native-crypto.ts");
  return withNativeX25519(await importOriginal());
});
vi.stubGlobal("crypto", nativeCrypto);

describe("between two devices that often begin anew, over a network that loses, repeats, reorders and alters", () => {
  const share = 0.2;

  it(
    "each envelope within the limits opens once to its text in version 2, and nothing else changes a device",
    () => checkDelivery({ suite: suiteV2, share, beginWeight: 4 }),
    timeoutOf(share),
  );

  it(
    "whatever was lost, once each has heard from the other they send with one session, and all opens",
    () => checkConvergence({ suite: suiteV1, share: 0.3, beginWeight: 6 }),
    timeoutOf(0.3),
  );
});
