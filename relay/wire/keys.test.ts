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
import { MAX_ONE_TIME_PREKEYS } from "./limits.ts";

const base64url = (length: number) => toBase64url(new Uint8Array(length).fill(0xab));
const publish = {
  manifest: base64url(200),
  signature: base64url(64),
  oneTimePrekeys: [base64url(32)],
  replace: false,
};

function prekeys(count: number): readonly string[] {
  return Array.from({ length: count }, () => base64url(32));
}

describe("a publish request", () => {
  it("comes back from its JSON", () => {
    const request = {
      manifest: new Uint8Array(200).fill(0xab),
      signature: new Uint8Array(64).fill(0xab),
      oneTimePrekeys: [new Uint8Array(32).fill(0xab)],
      replace: false,
    };
    expect(formatPublishRequest(request)).toEqual(publish);
    expect(parsePublishRequest(publish)).toEqual(request);
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

  it("takes manifests of 1 to 2,048 bytes", () => {
    for (const length of [1, 2047, 2048]) {
      expect(parsePublishRequest({ ...publish, manifest: base64url(length) })?.manifest).toHaveLength(length);
    }
    expect(parsePublishRequest({ ...publish, manifest: base64url(2049) })).toBeNull();
  });
});

describe("the answer to a publish request", () => {
  it("comes back from its JSON", () => {
    const ids = [new Uint8Array(16), new Uint8Array(16).fill(1)];
    expect(parsePublishResponse(formatPublishResponse(ids))).toEqual({ oneTimePrekeyIds: ids });
  });

  it(`is refused with ids of 15 or 17 bytes, and with more than ${MAX_ONE_TIME_PREKEYS}`, () => {
    for (const length of [15, 17]) expect(parsePublishResponse({ oneTimePrekeyIds: [base64url(length)] })).toBeNull();
    const ids = (count: number) => Array.from({ length: count }, () => base64url(16));
    expect(parsePublishResponse({ oneTimePrekeyIds: ids(MAX_ONE_TIME_PREKEYS) })).not.toBeNull();
    expect(parsePublishResponse({ oneTimePrekeyIds: ids(MAX_ONE_TIME_PREKEYS + 1) })).toBeNull();
  });
});

const device = { manifest: base64url(200), signature: base64url(64), oneTimePrekey: base64url(32) };

describe("a bundle", () => {
  it("comes back from its JSON, with and without a one-time prekey", () => {
    for (const oneTimePrekey of [new Uint8Array(32), null]) {
      const bundle = { devices: [{ manifest: new Uint8Array(9), signature: new Uint8Array(64), oneTimePrekey }] };
      expect(parseBundle(JSON.parse(JSON.stringify(formatBundle(bundle))))).toEqual(bundle);
    }
  });

  it.each([
    ["no device", { devices: [] }],
    ["no list", { devices: device }],
    ["no one-time prekey member", { devices: [{ ...device, oneTimePrekey: undefined }] }],
    ["a one-time prekey of 31 bytes", { devices: [{ ...device, oneTimePrekey: base64url(31) }] }],
    ["an empty one-time prekey", { devices: [{ ...device, oneTimePrekey: "" }] }],
    ["no signature", { devices: [{ ...device, signature: undefined }] }],
    ["a signature of 65 bytes", { devices: [{ ...device, signature: base64url(65) }] }],
    ["a manifest over 2,048 bytes", { devices: [{ ...device, manifest: base64url(2049) }] }],
    ["members on a prototype only", JSON.parse(`{"__proto__":${JSON.stringify({ devices: [device] })}}`)],
    ["null", null],
  ])("is refused with %s", (_name, json) => {
    expect(parseBundle({ devices: [device] })).not.toBeNull();
    expect(parseBundle(json)).toBeNull();
  });

  it("holds up to 16 devices", () => {
    for (const count of [1, 15, 16]) {
      expect(parseBundle({ devices: Array.from({ length: count }, () => device) })?.devices).toHaveLength(count);
    }
    expect(parseBundle({ devices: Array.from({ length: 17 }, () => device) })).toBeNull();
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
        }
      }),
      { numRuns: 300, seed: 2 },
    );
  });
});
