import { x25519 } from "@noble/curves/ed25519.js";
import { describe, expect, it } from "vitest";
import { type Bytes, concat } from "./bytes.ts";
import type { X25519PublicKey } from "./keys.ts";
import { decodeMessage, encodeMessage } from "./message-format.ts";
import { type PrekeyBundle, verifyPrekeyBundle } from "./prekey-bundle.ts";
import { suiteV1, suiteV2 } from "./suite.ts";
import { withHighBit, withTorsion } from "./testing/hostile-keys.ts";
import { messagesOf } from "./testing/messages.ts";
import { alice, bob, bundleOf, openSession, sendFirstMessage, TODAY } from "./testing/people.ts";
import { expectRejected, expectThrown } from "./testing/refusal.ts";

type Spoil = (publicKey: X25519PublicKey) => Bytes;

const spoils: readonly (readonly [string, Spoil])[] = [
  ["with the high bit set", withHighBit],
  ["with a torsion part", withTorsion],
];

/** The bytes with `replacement` from `offset` on. */
function overwrite(bytes: Bytes, offset: number, replacement: Bytes): Bytes {
  return concat(bytes.subarray(0, offset), replacement, bytes.subarray(offset + replacement.length));
}

describe.each(spoils)("an X25519 key %s", (_name, spoil) => {
  it("is another encoding for which X25519 gives the same result", () => {
    const { publicKey, secretKey } = bob.signedPrekey;
    expect(spoil(publicKey)).not.toEqual(publicKey);
    expect(x25519.getSharedSecret(alice.signedPrekey.secretKey, spoil(publicKey))).toEqual(
      x25519.getSharedSecret(secretKey, alice.signedPrekey.publicKey),
    );
  });

  describe.each([suiteV1, suiteV2])("in version $version", (suite) => {
    const { version } = suite;
    const { accept, decrypt, encrypt } = messagesOf(suite, "hostile keys");

    it("is refused by the initiator as a signed or one-time prekey", () => {
      const verify = (bundle: PrekeyBundle) => {
        const ourIdentityKey = alice.identity.publicKey;
        return verifyPrekeyBundle({ bundle, username: "bob", device: 1, suite, ourIdentityKey, today: TODAY });
      };
      const honest = bundleOf(bob, { suite });
      const signedPrekey = spoil(bob.signedPrekey.publicKey);
      expectThrown(() => verify({ ...honest, manifest: { ...honest.manifest, signedPrekey } }), "key-invalid");
      expectThrown(() => verify({ ...honest, oneTimePrekey: spoil(bob.oneTimePrekey.publicKey) }), "key-invalid");
      expect(verify(honest).username).toBe("bob");
    });

    it("is refused by the responder as ephemeral key", async () => {
      const { message, handshake } = await sendFirstMessage(alice, bob, { suite });
      const parts = decodeMessage(message, version);
      const ephemeralKey = spoil(handshake.context.ephemeralKey);
      const initialHeader = overwrite(parts.initialHeader ?? new Uint8Array(), 32, ephemeralKey);
      await expectRejected(accept(encodeMessage({ ...parts, initialHeader })), "key-invalid");
      expect((await accept(message)).text).toBe("first");
    });

    it("is refused by the responder as ratchet key of a first message", async () => {
      const { message, session } = await sendFirstMessage(alice, bob, { suite });
      const parts = decodeMessage(message, version);
      const header = overwrite(parts.header, 0, spoil(session.ratchet.ourRatchetKeyPair.publicKey));
      await expectRejected(accept(encodeMessage({ ...parts, header })), "key-invalid");
    });

    it("is refused as ratchet key of an open session by both, and the session stays as it was", async () => {
      const { ours, theirs } = await openSession(alice, bob, { suite });
      for (const [sender, receiver] of [
        [theirs, ours],
        [ours, theirs],
      ] as const) {
        const { message } = await encrypt(sender, "honest");
        const parts = decodeMessage(message, version);
        const header = overwrite(parts.header, 0, spoil(sender.ratchet.ourRatchetKeyPair.publicKey));
        const before = structuredClone(receiver);
        await expectRejected(decrypt(receiver, encodeMessage({ ...parts, header })), "key-invalid");
        expect(receiver).toEqual(before);
        expect((await decrypt(receiver, message)).text).toBe("honest");
      }
    });
  });
});
