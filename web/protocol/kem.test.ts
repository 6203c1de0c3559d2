import { sha3_256, shake128 } from "@noble/hashes/sha3.js";
import { describe, expect, it } from "vitest";
import { type Bytes, concat } from "./bytes.ts";
import { mlKem768 } from "./kem.ts";
import { fromHex, hex } from "./testing/hex.ts";
import { alice, bob } from "./testing/people.ts";
import { noRandomBytes, repeatableRandomBytes, scriptRandomBytes } from "./testing/random.ts";
import { expectRejected, expectThrown, flipBit } from "./testing/refusal.ts";

const { publicKey, seed } = bob.lastResortKemPrekey;
const MESSAGE = repeatableRandomBytes("encapsulated")(32);

function encapsulate() {
  return mlKem768.encapsulate(publicKey, scriptRandomBytes(MESSAGE).randomBytes);
}

describe("published values of ML-KEM-768", () => {
  it("come out for the unlucky sample of C2SP's CCTV, whose matrix takes unusually many reads", async () => {
    const d = "82c4a361586b9715c2375a45fb85c32d04be7fe6e26acd820ec5d4080093afe1";
    const z = "8476013560151d986dc7834dcb57c75f845f8d7ee71558d0955f3f4feb723cf2";
    const m = "e48f74ad416e99631003ded1478aec62a02c245d88ed7f2fae92aedf13ca03b3";
    const script = scriptRandomBytes(fromHex(d + z + m));
    const pair = await mlKem768.generateKeyPair(script.randomBytes);
    const { ciphertext, sharedSecret } = await mlKem768.encapsulate(pair.publicKey, script.randomBytes);
    script.requireSpent();
    expect(hex(pair.seed)).toBe(d + z);
    // H(ek) stands in the sample's decapsulation key, right before z.
    expect(hex(sha3_256(pair.publicKey))).toBe("451f9b6547b8f6e927fbfe7598658160206040fdb57dd39ba8bf1f3a5ff89b9c");
    expect(hex(sharedSecret)).toBe("4f7cc64c040fc4e335a539691f4638caf8b1bf5da6455754afe699e41813801b");
    expect(hex(ciphertext.subarray(0, 16))).toBe("696ef1699d5ac2aa9a012a64c60c6c21");
    expect(hex(ciphertext.subarray(-16))).toBe("134559be391c29d990f82f8a1dd4a715");
  });

  it("come out for 100 random cases with implicit rejections, as hashed by TestAccumulated of Go's crypto/mlkem", async () => {
    const inputs = shake128.create({});
    const draw = (length: number): Bytes => Uint8Array.from(inputs.xof(length));
    const outputs = shake128.create({ dkLen: 32 });
    for (let run = 0; run < 100; run++) {
      const pair = await mlKem768.generateKeyPair(draw);
      const { ciphertext, sharedSecret } = await mlKem768.encapsulate(pair.publicKey, draw);
      outputs.update(pair.publicKey).update(ciphertext).update(sharedSecret);
      expect(await mlKem768.decapsulate(pair.seed, ciphertext)).toEqual(sharedSecret);
      outputs.update(await mlKem768.decapsulate(pair.seed, mlKem768.toCiphertext(draw(1088))));
    }
    expect(hex(outputs.digest())).toBe("1114b1b6699ed191734fa339376afa7e285c9e6acf6ff0177d346696ce564415");
  });
});

describe("a KEM key pair", () => {
  it("is 1184 bytes and a seed of 64, from 64 random bytes", async () => {
    expect(publicKey).toHaveLength(1184);
    expect(seed).toHaveLength(64);
    expect(await mlKem768.generateKeyPair(scriptRandomBytes(seed).randomBytes)).toEqual({ publicKey, seed });
  });

  it("is refused from a random source that gives 63 or 65 bytes", async () => {
    for (const length of [63, 65]) {
      await expectRejected(
        mlKem768.generateKeyPair(() => new Uint8Array(length)),
        "key-invalid",
      );
    }
    await expect(mlKem768.generateKeyPair(noRandomBytes)).rejects.toThrow(RangeError);
  });
});

describe("encapsulation", () => {
  it("gives a ciphertext of 1088 bytes and 32 secret bytes that the seed gives back", async () => {
    const { ciphertext, sharedSecret } = await encapsulate();
    expect(ciphertext).toHaveLength(mlKem768.ciphertextBytes);
    expect(ciphertext).toHaveLength(1088);
    expect(sharedSecret).toHaveLength(32);
    expect(await mlKem768.decapsulate(seed, ciphertext)).toEqual(sharedSecret);
  });

  it("draws 32 bytes, and gives another ciphertext and secret for others", async () => {
    const script = scriptRandomBytes(concat(MESSAGE, flipBit(MESSAGE, 0)));
    const first = await mlKem768.encapsulate(publicKey, script.randomBytes);
    const second = await mlKem768.encapsulate(publicKey, script.randomBytes);
    script.requireSpent();
    expect(first).toEqual(await encapsulate());
    expect(second.ciphertext).not.toEqual(first.ciphertext);
    expect(second.sharedSecret).not.toEqual(first.sharedSecret);
  });
});

describe("decapsulation", () => {
  it("gives another secret, and throws nothing, whichever byte of the ciphertext was altered", async () => {
    const { ciphertext, sharedSecret } = await encapsulate();
    const secrets = new Set([hex(sharedSecret)]);
    for (let index = 0; index < ciphertext.length; index++) {
      secrets.add(hex(await mlKem768.decapsulate(seed, mlKem768.toCiphertext(flipBit(ciphertext, index)))));
    }
    expect(secrets.size).toBe(ciphertext.length + 1);
  });

  it("gives another secret under another key", async () => {
    const { ciphertext, sharedSecret } = await encapsulate();
    for (const other of [alice.lastResortKemPrekey, bob.oneTimeKemPrekey]) {
      expect(await mlKem768.decapsulate(other.seed, ciphertext)).not.toEqual(sharedSecret);
    }
  });
});

describe("a KEM public key from outside", () => {
  /** Bob's key with coefficient `index` of 768, 12 bits each, replaced. */
  function withCoefficient(index: number, value: number): Bytes {
    const encoded = Uint8Array.from(publicKey);
    const at = Math.floor(index / 2) * 3;
    const [low = 0, middle = 0, high = 0] = encoded.subarray(at, at + 3);
    encoded.set(
      index % 2 === 0
        ? [value & 0xff, (middle & 0xf0) | (value >> 8), high]
        : [low, (middle & 0x0f) | ((value & 0x0f) << 4), value >> 4],
      at,
    );
    return encoded;
  }

  it("is accepted when an honest device made it, and comes back as a copy", async () => {
    const accepted = mlKem768.toPublicKey(publicKey);
    expect(accepted).toEqual(publicKey);
    expect(accepted).not.toBe(publicKey);
    expect(mlKem768.toPublicKey(concat(Uint8Array.of(9), publicKey).subarray(1))).toEqual(publicKey);
  });

  it.each([0, 1, 2, 383, 766, 767])(
    "may have 3328 as coefficient %i, and not 3329 or more (FIPS 203 §7.2)",
    async (index) => {
      const largest = mlKem768.toPublicKey(withCoefficient(index, 3328));
      expect((await mlKem768.encapsulate(largest, repeatableRandomBytes("largest"))).sharedSecret).toHaveLength(32);
      for (const value of [3329, 3330, 0xfff]) {
        expectThrown(() => mlKem768.toPublicKey(withCoefficient(index, value)), "key-invalid");
      }
    },
  );

  it("may have any bytes in its last 32, the seed of the matrix", async () => {
    const encoded = concat(publicKey.subarray(0, 1152), new Uint8Array(32).fill(0xff));
    expect(mlKem768.toPublicKey(encoded)).toEqual(encoded);
  });

  it.each([0, 32, 1088, 1183, 1185, 1568])("is refused at %i bytes", (length) => {
    expectThrown(() => mlKem768.toPublicKey(new Uint8Array(length)), "key-invalid");
  });
});

describe("a KEM ciphertext from outside", () => {
  it("is accepted with any bytes of the right length, and comes back as a copy", async () => {
    const bytes = new Uint8Array(1088).fill(0xff);
    const accepted = mlKem768.toCiphertext(bytes);
    expect(accepted).toEqual(bytes);
    expect(accepted).not.toBe(bytes);
  });

  it.each([0, 1087, 1089, 1184])("is refused at %i bytes", (length) => {
    expectThrown(() => mlKem768.toCiphertext(new Uint8Array(length)), "message-malformed");
  });
});
