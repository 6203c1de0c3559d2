import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatContentDigest,
  formatKeyId,
  formatSignatureHeaders,
  formatSignatureParameters,
  parseKeyId,
  parseSignature,
  parseSignatureInput,
  type SignatureParameters,
  signatureBase,
} from "./request-signature.ts";

const parameters: SignatureParameters = {
  created: 1_700_000_000,
  nonce: Uint8Array.from({ length: 16 }, (_, index) => index),
  keyId: { username: "alice", device: 1 },
};
const INPUT =
  'sotto=("@method" "@authority" "@path" "@query" "content-digest");created=1700000000;nonce="AAECAwQFBgcICQoLDA0ODw"' +
  ';keyid="alice/1";tag="sotto/request/v1"';

describe("Signature-Input", () => {
  it("is written and read in the one spelling of the profile", () => {
    expect(formatSignatureHeaders(parameters, new Uint8Array(64))["signature-input"]).toBe(INPUT);
    expect(parseSignatureInput(INPUT)).toEqual(parameters);
  });

  it("comes back whatever its parameters are", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 999_999_999_999 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }).map((drawn) => Uint8Array.from(drawn)),
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        (created, nonce, device) => {
          const drawn = { created, nonce, keyId: { username: "x".repeat(32), device } };
          expect(parseSignatureInput(`sotto=${formatSignatureParameters(drawn)}`)).toEqual(drawn);
        },
      ),
      { numRuns: 100, seed: 2 },
    );
  });

  it.each([
    ["another label", INPUT.replace("sotto=(", "sig1=(")],
    ["no label", INPUT.slice("sotto=".length)],
    ["a second signature", `${INPUT}, ${INPUT}`],
    ["a space before", ` ${INPUT}`],
    ["a space after", `${INPUT} `],
    ["a line end after", `${INPUT}\n`],
    ["a component less", INPUT.replace(' "content-digest"', "")],
    ["a component more", INPUT.replace('"content-digest"', '"content-digest" "date"')],
    ["components in another order", INPUT.replace('"@method" "@authority"', '"@authority" "@method"')],
    ["a component parameter", INPUT.replace('"@query"', '"@query";req')],
    ["no created", INPUT.replace("created=1700000000;", "")],
    ["created as a decimal", INPUT.replace("1700000000", "1700000000.0")],
    ["created with a leading zero", INPUT.replace("1700000000", "01700000000")],
    ["created negative", INPUT.replace("1700000000", "-1")],
    ["created of 13 digits", INPUT.replace("1700000000", "1700000000000")],
    ["a nonce of 15 bytes", INPUT.replace("AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0O")],
    ["a nonce of 17 bytes", INPUT.replace("AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0ODxA")],
    ["a nonce with trailing bits", INPUT.replace("ODw", "ODx")],
    ["a nonce in base64", INPUT.replace("AAECAwQFBgcICQoLDA0ODw", "AAECAwQFBgcICQoLDA0O/w")],
    ["a key id without a device", INPUT.replace("alice/1", "alice")],
    ["a key id with a device 0", INPUT.replace("alice/1", "alice/0")],
    ["a key id of an ill-formed name", INPUT.replace("alice/1", "Alice/1")],
    ["another tag", INPUT.replace("request/v1", "request/v2")],
    ["parameters in another order", INPUT.replace(/(;keyid="[^"]*")(;tag="[^"]*")/, "$2$1")],
    ["an algorithm", `${INPUT};alg="ed25519"`],
    ["an expiry", `${INPUT};expires=1700000300`],
    ["nothing", ""],
  ])("is refused with %s", (_name, header) => {
    expect(header).not.toBe(INPUT);
    expect(parseSignatureInput(header)).toBeNull();
  });

  it("takes created up to 12 digits", () => {
    for (const created of [0, 1, 99_999_999_999, 999_999_999_999]) {
      expect(parseSignatureInput(INPUT.replace("1700000000", String(created)))?.created).toBe(created);
    }
    expect(parseSignatureInput(INPUT.replace("1700000000", "1000000000000"))).toBeNull();
  });

  it("is refused with any one character changed, unless that is a new value in the same profile", () => {
    for (let index = 0; index < INPUT.length; index++) {
      const header = `${INPUT.slice(0, index)}#${INPUT.slice(index + 1)}`;
      expect(parseSignatureInput(header)).toBeNull();
    }
  });
});

describe("Signature", () => {
  const { signature: header } = formatSignatureHeaders(parameters, new Uint8Array(64).fill(0xff));

  it("is 64 bytes of base64 between colons", () => {
    expect(header).toBe(`sotto=:${"/".repeat(85)}w==:`);
    expect(parseSignature(header)).toEqual(new Uint8Array(64).fill(0xff));
  });

  it.each([
    ["63 bytes", `sotto=:${"A".repeat(84)}:`],
    ["65 bytes", `sotto=:${"A".repeat(87)}=:`],
    ["66 bytes", `sotto=:${"A".repeat(88)}:`],
    ["no padding", `sotto=:${"A".repeat(86)}:`],
    ["trailing bits", `sotto=:${"A".repeat(85)}B==:`],
    ["base64url", `sotto=:${"_".repeat(85)}w==:`],
    ["another label", `sig1=:${"A".repeat(86)}==:`],
    ["no closing colon", `sotto=:${"A".repeat(86)}==`],
    ["a parameter", `sotto=:${"A".repeat(86)}==:;a=1`],
    ["a second signature", `sotto=:${"A".repeat(86)}==:, sotto=:${"A".repeat(86)}==:`],
    ["a line end", `sotto=:${"A".repeat(86)}==:\n`],
    ["nothing", ""],
  ])("is refused with %s", (_name, text) => {
    expect(parseSignature(`sotto=:${"A".repeat(86)}==:`)).not.toBeNull();
    expect(parseSignature(text)).toBeNull();
  });
});

describe("a key id", () => {
  it("names an account and a device from 1 to 2^32 - 1", () => {
    for (const device of [1, 2 ** 32 - 2, 2 ** 32 - 1]) {
      const keyId = { username: "a".repeat(32), device };
      expect(parseKeyId(formatKeyId(keyId))).toEqual(keyId);
    }
  });

  it.each([
    "alice/0",
    "alice/4294967296",
    "alice/9999999999",
    "alice/01",
    "alice/-1",
    "alice/1.0",
    "alice/1e3",
    "alice/",
  ])("is not %s", (text) => {
    expect(parseKeyId(text)).toBeNull();
  });

  it.each(["", "/", "/1", "alice", "al/1", "Alice/1", "alice/1/1", " alice/1", "alice/1 ", "alice/1\n", "__proto__/1"])(
    "is not %j",
    (text) => {
      expect(parseKeyId(text)).toBeNull();
    },
  );
});

describe("the signature base", () => {
  it("is one line per component and the parameters, without a line end after the last (RFC 9421 §2.5)", () => {
    const parts = {
      method: "POST",
      authority: "chat.example",
      path: "/api/send",
      query: "?",
      // RFC 9530 appendix B: the digest of an empty body.
      contentDigest: "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:",
    };
    expect(new TextDecoder().decode(signatureBase(parts, parameters)).split("\n")).toEqual([
      '"@method": POST',
      '"@authority": chat.example',
      '"@path": /api/send',
      '"@query": ?',
      '"content-digest": sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:',
      `"@signature-params": ${INPUT.slice("sotto=".length)}`,
    ]);
  });

  it("changes with every part", () => {
    const parts = { method: "GET", authority: "a", path: "/b", query: "?", contentDigest: "c" };
    const bases = [
      {},
      { method: "POST" },
      { authority: "b" },
      { path: "/c" },
      { query: "?d" },
      { contentDigest: "e" },
    ].map((change) => String(signatureBase({ ...parts, ...change }, parameters)));
    bases.push(String(signatureBase(parts, { ...parameters, created: 1 })));
    bases.push(String(signatureBase(parts, { ...parameters, nonce: new Uint8Array(16) })));
    bases.push(String(signatureBase(parts, { ...parameters, keyId: { username: "alice", device: 2 } })));
    expect(new Set(bases).size).toBe(bases.length);
  });

  it("writes a digest as RFC 9530 does", async () => {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array()));
    expect(formatContentDigest(digest)).toBe("sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:");
  });
});

describe("the header parsers", () => {
  it("never throw", () => {
    const piece = fc.constantFrom(
      "sotto=",
      ":",
      '"',
      ";",
      "created=",
      "alice/1",
      "A".repeat(86),
      "==",
      "\n",
      "(",
      ")",
      "\u{1f511}",
    );
    const text = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.array(piece).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (header) => {
        parseSignatureInput(header);
        parseSignature(header);
        parseKeyId(header);
      }),
      { numRuns: 300, seed: 2 },
    );
  });
});
