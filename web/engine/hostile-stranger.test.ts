/**
 * A thousand first messages of one stranger: two hundred honest ones, each with three copies that name prekeys which
 * never were and one repeat. Work is counted in decapsulations: an accepted handshake takes one. They meet a model of a
 * device, over web/protocol and sessions.ts.
 */
import { expect, it, vi } from "vitest";
import { type Kem, mlKem768 } from "../protocol/kem.ts";
import { type Suite, suiteV2 } from "../protocol/suite.ts";
import { nativeCrypto } from "../protocol/testing/native-crypto.ts";
import { bob, mallory, NOW } from "../protocol/testing/people.ts";
import { repeatableRandomBytes } from "../protocol/testing/random.ts";
import { flipBit } from "../protocol/testing/refusal.ts";
import { MAX_SESSIONS_PER_PEER } from "./sessions.ts";
import { beginOn, newDevice, openOn, sealOn } from "./testing/model-device.ts";
import { handOutBundle, type Owner } from "./testing/model-prekeys.ts";

vi.mock("@noble/curves/ed25519.js", async (importOriginal) => {
  const { withNativeX25519 } = await import("../protocol/testing/native-crypto.ts");
  return withNativeX25519(await importOriginal());
});
vi.stubGlobal("crypto", nativeCrypto);

/** Version, type, the length of the initial header, then two keys: there the signed prekey's id begins. */
const SIGNED_PREKEY_ID_AT = 4 + 32 + 32;
/** After that id, the flag and the one-time prekey's id. */
const KEM_PREKEY_ID_AT = SIGNED_PREKEY_ID_AT + 16 + 1 + 16;

it("of one stranger's thousand first messages each is refused, or costs one handshake, and few sessions stay", async () => {
  const decapsulate = vi.fn(mlKem768.decapsulate);
  const kem: Kem = { ...mlKem768, decapsulate };
  const suite: Suite = { ...suiteV2, kem };
  const owner: Owner = { us: bob, peer: mallory, suite, randomBytes: repeatableRandomBytes("bob") };
  const stranger: Owner = { us: mallory, peer: bob, suite, randomBytes: repeatableRandomBytes("mallory") };
  let device = await newDevice(owner, NOW);
  let theirs = await newDevice(stranger, NOW);
  for (let count = 0; count < 200; count++) {
    const handedOut = await handOutBundle(owner, device, NOW, true);
    device = handedOut.state;
    theirs = (await beginOn(stranger, theirs, handedOut.bundle, NOW)).state;
    const { state, mail } = await sealOn(stranger, theirs, `first ${count}`, NOW);
    theirs = state;
    decapsulate.mockClear();
    for (const at of [SIGNED_PREKEY_ID_AT, SIGNED_PREKEY_ID_AT + 17, KEM_PREKEY_ID_AT]) {
      await expect(openOn(owner, device, flipBit(mail.body, at), NOW)).rejects.toThrow("prekey-unknown");
    }
    expect(decapsulate).not.toHaveBeenCalled();
    const opened = await openOn(owner, device, mail.body, NOW);
    expect(opened.text).toBe(`first ${count}`);
    device = opened.state;
    await expect(openOn(owner, device, mail.body, NOW)).rejects.toMatchObject({ code: "message-key-gone" });
    expect(decapsulate).toHaveBeenCalledTimes(1);
    expect(device.peer.sessions.length).toBe(Math.min(count + 1, MAX_SESSIONS_PER_PEER));
    expect(device.takenPrekeys).toEqual([]);
  }
}, 300_000);
