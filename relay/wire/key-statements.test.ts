import { describe, expect, it } from "vitest";
import { concat, utf8 } from "./bytes.ts";
import { identityChangeStatement, kemPrekeyStatement } from "./key-statements.ts";
import { KEM_PUBLIC_KEY_BYTES } from "./keys.ts";

const publicKey = new Uint8Array(KEM_PUBLIC_KEY_BYTES).fill(0xab);
const prekey = { username: "alice", device: 0x01020304, publicKey };
const change = {
  username: "alice",
  previousIdentityKey: new Uint8Array(32).fill(1),
  identityKey: new Uint8Array(32).fill(2),
};

describe("the statement of a one-time KEM prekey", () => {
  it("holds label, name, device, type and key, byte for byte", () => {
    const head = [0, 19, ...utf8("sotto/kem-prekey/v1"), 0, 5, ...utf8("alice"), 1, 2, 3, 4, 3, 0x04, 0xa0];
    expect(kemPrekeyStatement(prekey)).toEqual(concat(Uint8Array.from(head), publicKey));
  });

  it("differs when anything in it does", () => {
    const others = [
      { ...prekey, username: "alicf" },
      { ...prekey, device: 1 },
      { ...prekey, publicKey: publicKey.map((byte, index) => (index === 1183 ? byte ^ 1 : byte)) },
    ];
    for (const other of others) expect(kemPrekeyStatement(other)).not.toEqual(kemPrekeyStatement(prekey));
  });
});

describe("the statement of an identity change", () => {
  it("holds label, name, the key that signs and the key that follows, byte for byte", () => {
    const head = [0, 24, ...utf8("sotto/identity-change/v1"), 0, 5, ...utf8("alice")];
    expect(identityChangeStatement(change)).toEqual(
      concat(Uint8Array.from(head), change.previousIdentityKey, change.identityKey),
    );
  });

  it("differs when anything in it does, and when the keys are exchanged", () => {
    const others = [
      { ...change, username: "bob" },
      { ...change, previousIdentityKey: change.identityKey, identityKey: change.previousIdentityKey },
      { ...change, identityKey: new Uint8Array(32).fill(3) },
    ];
    for (const other of others) expect(identityChangeStatement(other)).not.toEqual(identityChangeStatement(change));
  });
});
