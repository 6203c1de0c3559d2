import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64url } from "./bytes.ts";
import {
  formatBundle,
  formatPublishRequest,
  formatPublishResponse,
  parseBundle,
  parsePublishRequest,
  parsePublishResponse,
} from "./keys.ts";
import { MAX_ONE_TIME_PREKEYS, MAX_REQUEST_BYTES } from "./limits.ts";

const base64url = (length: number) => toBase64url(new Uint8Array(length).fill(0xab));
const publish = {
  manifest: base64url(200),
  signature: base64url(64),
  oneTimePrekeys: [base64url(32)],
  oneTimeKemPrekeys: [{ publicKey: base64url(1184), signature: base64url(64) }],
  identityChange: { previousIdentityKey: base64url(32), signature: base64url(64) },
  replace: false,
};
const [kemPrekey] = publish.oneTimeKemPrekeys;
const { identityChange } = publish;
const { previousIdentityKey } = identityChange;

function prekeys(count: number): readonly string[] {
  return Array.from({ length: count }, () => base64url(32));
}

describe("a publish request", () => {
  it("comes back from its JSON", () => {
    const request = {
      manifest: new Uint8Array(200).fill(0xab),
      signature: new Uint8Array(64).fill(0xab),
      oneTimePrekeys: [new Uint8Array(32).fill(0xab)],
      oneTimeKemPrekeys: [{ publicKey: new Uint8Array(1184).fill(0xab), signature: new Uint8Array(64).fill(0xab) }],
      identityChange: {
        previousIdentityKey: new Uint8Array(32).fill(0xab),
        signature: new Uint8Array(64).fill(0xab),
      },
      replace: false,
      invite: null,
    };
    expect(formatPublishRequest(request)).toEqual(publish);
    expect(parsePublishRequest(publish)).toEqual(request);
    expect(formatPublishRequest({ ...request, identityChange: null })).toEqual({ ...publish, identityChange: null });
    expect(parsePublishRequest({ ...publish, identityChange: null })).toEqual({ ...request, identityChange: null });
  });

  it("may come with an invite of 16 to 64 characters", () => {
    for (const invite of ["a".repeat(16), "Z9_-".repeat(16)]) {
      const parsed = parsePublishRequest({ ...publish, invite });
      expect(parsed?.invite).toBe(invite);
      expect(parsed && formatPublishRequest(parsed)).toEqual({ ...publish, invite });
    }
    for (const invite of ["", "a".repeat(15), "a".repeat(65), `${"a".repeat(16)} `, 7]) {
      expect(parsePublishRequest({ ...publish, invite })).toBeNull();
    }
  });

  it.each([
    ["no manifest", { ...publish, manifest: undefined }],
    ["an empty manifest", { ...publish, manifest: "" }],
    ["a manifest in base64", { ...publish, manifest: "+/+/" }],
    ["a signature of 63 bytes", { ...publish, signature: base64url(63) }],
    ["a signature of 65 bytes", { ...publish, signature: base64url(65) }],
    ["a prekey of 31 bytes", { ...publish, oneTimePrekeys: [base64url(31)] }],
    ["a prekey of 33 bytes", { ...publish, oneTimePrekeys: [base64url(33)] }],
    ["a prekey that is null", { ...publish, oneTimePrekeys: [null] }],
    ["no list of prekeys", { ...publish, oneTimePrekeys: undefined }],
    ["a KEM prekey of 1,183 bytes", { ...publish, oneTimeKemPrekeys: [{ ...kemPrekey, publicKey: base64url(1183) }] }],
    ["a KEM prekey of 1,185 bytes", { ...publish, oneTimeKemPrekeys: [{ ...kemPrekey, publicKey: base64url(1185) }] }],
    [
      "a KEM prekey signature of 63 bytes",
      { ...publish, oneTimeKemPrekeys: [{ ...kemPrekey, signature: base64url(63) }] },
    ],
    ["a KEM prekey without signature", { ...publish, oneTimeKemPrekeys: [{ publicKey: base64url(1184) }] }],
    ["a KEM prekey with another member", { ...publish, oneTimeKemPrekeys: [{ ...kemPrekey, type: 3 }] }],
    ["a KEM prekey as text", { ...publish, oneTimeKemPrekeys: [base64url(1184)] }],
    ["no list of KEM prekeys", { ...publish, oneTimeKemPrekeys: undefined }],
    ["no identity change member", { ...publish, identityChange: undefined }],
    ["an empty identity change", { ...publish, identityChange: {} }],
    [
      "a previous identity key of 31 bytes",
      { ...publish, identityChange: { ...identityChange, previousIdentityKey: base64url(31) } },
    ],
    [
      "an identity change signature of 65 bytes",
      { ...publish, identityChange: { ...identityChange, signature: base64url(65) } },
    ],
    ["an identity change without signature", { ...publish, identityChange: { previousIdentityKey } }],
    [
      "an identity change with another member",
      { ...publish, identityChange: { ...identityChange, username: "alice" } },
    ],
    ["replace as a number", { ...publish, replace: 0 }],
    ["replace as text", { ...publish, replace: "false" }],
    ["null", null],
    ["a list", [publish]],
  ])("is refused with %s", (_name, json) => {
    expect(parsePublishRequest(json)).toBeNull();
  });

  it.each(["extra", "__proto__", "constructor", "toString"])("is refused with the unknown member %s", (name) => {
    expect(parsePublishRequest(JSON.parse(`{"${name}":1,${JSON.stringify(publish).slice(1)}`))).toBeNull();
  });

  it(`takes up to ${MAX_ONE_TIME_PREKEYS} one-time prekeys, or none`, () => {
    for (const count of [0, MAX_ONE_TIME_PREKEYS - 1, MAX_ONE_TIME_PREKEYS]) {
      expect(parsePublishRequest({ ...publish, oneTimePrekeys: prekeys(count) })?.oneTimePrekeys).toHaveLength(count);
    }
    expect(parsePublishRequest({ ...publish, oneTimePrekeys: prekeys(MAX_ONE_TIME_PREKEYS + 1) })).toBeNull();
  });

  it(`takes up to ${MAX_ONE_TIME_PREKEYS} one-time KEM prekeys, or none, in a body the relay reads`, () => {
    const of = (count: number) => ({
      ...publish,
      oneTimePrekeys: prekeys(MAX_ONE_TIME_PREKEYS),
      oneTimeKemPrekeys: Array.from({ length: count }, () => kemPrekey),
    });
    for (const count of [0, MAX_ONE_TIME_PREKEYS - 1, MAX_ONE_TIME_PREKEYS]) {
      expect(parsePublishRequest(of(count))?.oneTimeKemPrekeys).toHaveLength(count);
    }
    expect(parsePublishRequest(of(MAX_ONE_TIME_PREKEYS + 1))).toBeNull();
    const largest = { ...of(MAX_ONE_TIME_PREKEYS), manifest: base64url(2048) };
    expect(JSON.stringify(largest).length).toBeLessThan(MAX_REQUEST_BYTES);
  });

  it("takes manifests of 1 to 2,048 bytes", () => {
    for (const length of [1, 2047, 2048]) {
      expect(parsePublishRequest({ ...publish, manifest: base64url(length) })?.manifest).toHaveLength(length);
    }
    expect(parsePublishRequest({ ...publish, manifest: base64url(2049) })).toBeNull();
  });
});

describe("the answer to a publish request", () => {
  it("comes back from its JSON", () => {
    const ids = {
      oneTimePrekeyIds: [new Uint8Array(16), new Uint8Array(16).fill(1)],
      oneTimeKemPrekeyIds: [new Uint8Array(16).fill(2)],
    };
    expect(parsePublishResponse(formatPublishResponse(ids))).toEqual(ids);
  });

  it(`is refused with ids of 15 or 17 bytes, and with more than ${MAX_ONE_TIME_PREKEYS}`, () => {
    const none = { oneTimePrekeyIds: [], oneTimeKemPrekeyIds: [] };
    const ids = (count: number) => Array.from({ length: count }, () => base64url(16));
    for (const kind of ["oneTimePrekeyIds", "oneTimeKemPrekeyIds"]) {
      for (const length of [15, 17]) expect(parsePublishResponse({ ...none, [kind]: [base64url(length)] })).toBeNull();
      expect(parsePublishResponse({ ...none, [kind]: ids(MAX_ONE_TIME_PREKEYS) })).not.toBeNull();
      expect(parsePublishResponse({ ...none, [kind]: ids(MAX_ONE_TIME_PREKEYS + 1) })).toBeNull();
      expect(parsePublishResponse({ ...none, [kind]: undefined })).toBeNull();
    }
  });
});

const device = {
  manifest: base64url(200),
  signature: base64url(64),
  oneTimePrekey: base64url(32),
  oneTimeKemPrekey: kemPrekey,
};
const answer = { devices: [device], identityChange };

describe("a bundle", () => {
  it("comes back from its JSON, with and without one-time prekeys and an identity change", () => {
    const signature = new Uint8Array(64);
    for (const oneTimePrekey of [new Uint8Array(32), null]) {
      for (const oneTimeKemPrekey of [{ publicKey: new Uint8Array(1184), signature }, null]) {
        for (const change of [{ previousIdentityKey: new Uint8Array(32), signature }, null]) {
          const entry = { manifest: new Uint8Array(9), signature, oneTimePrekey, oneTimeKemPrekey };
          const bundle = { devices: [entry], identityChange: change };
          expect(parseBundle(JSON.parse(JSON.stringify(formatBundle(bundle))))).toEqual(bundle);
        }
      }
    }
  });

  it("may hold members that this version does not know", () => {
    const later = {
      devices: [{ ...device, later: 1, oneTimeKemPrekey: { ...kemPrekey, later: 1 } }],
      identityChange: { ...identityChange, later: 1 },
      later: 1,
    };
    expect(parseBundle(later)).toEqual(parseBundle(answer));
  });

  it.each([
    ["no device", { ...answer, devices: [] }],
    ["no list", { ...answer, devices: device }],
    ["no one-time prekey member", { ...answer, devices: [{ ...device, oneTimePrekey: undefined }] }],
    ["a one-time prekey of 31 bytes", { ...answer, devices: [{ ...device, oneTimePrekey: base64url(31) }] }],
    ["an empty one-time prekey", { ...answer, devices: [{ ...device, oneTimePrekey: "" }] }],
    ["no signature", { ...answer, devices: [{ ...device, signature: undefined }] }],
    ["a signature of 65 bytes", { ...answer, devices: [{ ...device, signature: base64url(65) }] }],
    ["a manifest over 2,048 bytes", { ...answer, devices: [{ ...device, manifest: base64url(2049) }] }],
    ["no one-time KEM prekey member", { ...answer, devices: [{ ...device, oneTimeKemPrekey: undefined }] }],
    [
      "a one-time KEM prekey of 1,183 bytes",
      { ...answer, devices: [{ ...device, oneTimeKemPrekey: { ...kemPrekey, publicKey: base64url(1183) } }] },
    ],
    [
      "a one-time KEM prekey without signature",
      { ...answer, devices: [{ ...device, oneTimeKemPrekey: { publicKey: base64url(1184) } }] },
    ],
    ["no identity change member", { ...answer, identityChange: undefined }],
    [
      "a previous identity key of 33 bytes",
      { ...answer, identityChange: { ...identityChange, previousIdentityKey: base64url(33) } },
    ],
    ["an identity change without signature", { ...answer, identityChange: { previousIdentityKey } }],
    ["members on a prototype only", JSON.parse(`{"__proto__":${JSON.stringify(answer)}}`)],
    ["null", null],
  ])("is refused with %s", (_name, json) => {
    expect(parseBundle(answer)).not.toBeNull();
    expect(parseBundle(json)).toBeNull();
  });

  it("holds up to 16 devices", () => {
    for (const count of [1, 15, 16]) {
      expect(parseBundle({ ...answer, devices: Array.from({ length: count }, () => device) })?.devices).toHaveLength(
        count,
      );
    }
    expect(parseBundle({ ...answer, devices: Array.from({ length: 17 }, () => device) })).toBeNull();
  });
});

describe("the parsers of keys", () => {
  it("never throw on any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (json) => {
        for (const parse of [parsePublishRequest, parsePublishResponse, parseBundle]) {
          parse(json);
          parse({ devices: json, manifest: json, signature: json, oneTimePrekeys: json, oneTimePrekeyIds: json });
          parse({ devices: [json], oneTimePrekeys: [json], oneTimePrekeyIds: [json], replace: json });
          parse({ ...publish, identityChange: json, oneTimeKemPrekeys: [json] });
          parse({ devices: [{ ...device, oneTimeKemPrekey: json }], identityChange: json });
        }
      }),
      { numRuns: 300, seed: 2 },
    );
  });
});
