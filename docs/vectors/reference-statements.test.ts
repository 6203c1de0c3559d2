import { createHash, createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import type {
  computeIdentityChange,
  computeKemPrekey,
  computeKemPrekeyIds,
  computeLive,
  computeManifest,
  computePrekeyIds,
  computeRequestSignature,
  IdentityChangeInputs,
  KemPrekeyInputs,
  LiveInputs,
  ManifestInputs,
  RequestInputs,
} from "./compute-statements.ts";
import { lp, publicKeyOf, uint32 } from "./reference.ts";
import { bytes, type Case, type Outputs, readVectors as read } from "./reference-files.ts";
import { kemPublicKey, prekeyId, sha256, uint64 } from "./reference-handshake.ts";

function verifies(publicKey: string, statement: Buffer, signature: string): boolean {
  const der = Buffer.concat([bytes("302a300506032b6570032100"), bytes(publicKey)]);
  return verify(null, statement, createPublicKey({ key: der, format: "der", type: "spki" }), bytes(signature));
}

describe("the signed statements", () => {
  it("manifests are laid out as documented and verify under node:crypto", () => {
    const file: { readonly manifests: readonly Case<ManifestInputs, Outputs<typeof computeManifest>>[] } = JSON.parse(
      read("manifest-v1.json"),
    );
    for (const { inputs, outputs } of file.manifests) {
      const seed = inputs.lastResortKemPrekeySeed;
      const statement = Buffer.concat([
        lp("sotto/prekey-manifest/v1"),
        lp(inputs.username),
        uint32(inputs.device),
        publicKeyOf("ed25519", bytes(inputs.identitySecretKey)),
        publicKeyOf("ed25519", bytes(inputs.deviceSecretKey)),
        Buffer.of(inputs.protocolVersions.length, ...inputs.protocolVersions),
        publicKeyOf("x25519", bytes(inputs.signedPrekeySecretKey)),
        uint32(inputs.signedPrekeyDay),
        uint64(inputs.sequence),
        bytes(inputs.previousHash),
        lp(seed === null ? "" : kemPublicKey(seed)),
      ]);
      expect(statement.toString("hex")).toBe(outputs.statement);
      expect(sha256(statement).toString("hex")).toBe(outputs.statementHash);
      expect(verifies(outputs.identityKey, statement, outputs.signature)).toBe(true);
      expect(verifies(outputs.deviceKey, statement, outputs.signature)).toBe(false);
    }
  });

  it("one-time KEM prekeys are laid out as documented and verify under node:crypto", () => {
    const file: { readonly cases: readonly Case<KemPrekeyInputs, Outputs<typeof computeKemPrekey>>[] } = JSON.parse(
      read("kem-prekey-v1.json"),
    );
    for (const { inputs, outputs } of file.cases) {
      const [before, after] = [
        [lp("sotto/kem-prekey/v1"), lp(inputs.username), uint32(inputs.device)],
        lp(kemPublicKey(inputs.oneTimeKemPrekeySeed)),
      ];
      const statement = Buffer.concat([...before, Buffer.of(3), after]);
      expect(statement.toString("hex")).toBe(outputs.statement);
      expect(publicKeyOf("ed25519", bytes(inputs.identitySecretKey)).toString("hex")).toBe(outputs.identityKey);
      expect(verifies(outputs.identityKey, statement, outputs.signature)).toBe(true);
      const asLastResort = Buffer.concat([...before, Buffer.of(4), after]);
      expect(verifies(outputs.identityKey, asLastResort, outputs.signature)).toBe(false);
    }
  });

  it("identity changes are laid out as documented and verify under the previous key only", () => {
    const file: { readonly cases: readonly Case<IdentityChangeInputs, Outputs<typeof computeIdentityChange>>[] } =
      JSON.parse(read("identity-change-v1.json"));
    for (const { inputs, outputs } of file.cases) {
      const statement = Buffer.concat([
        lp("sotto/identity-change/v1"),
        lp(inputs.username),
        publicKeyOf("ed25519", bytes(inputs.previousIdentitySecretKey)),
        publicKeyOf("ed25519", bytes(inputs.identitySecretKey)),
      ]);
      expect(statement.toString("hex")).toBe(outputs.statement);
      expect(verifies(outputs.previousIdentityKey, statement, outputs.signature)).toBe(true);
      expect(verifies(outputs.identityKey, statement, outputs.signature)).toBe(false);
    }
  });

  it("requests have the documented signature base and verify under node:crypto", () => {
    const file: { readonly cases: readonly Case<RequestInputs, Outputs<typeof computeRequestSignature>>[] } =
      JSON.parse(read("request-signature-v1.json"));
    for (const { inputs, outputs } of file.cases) {
      const digest = createHash("sha256").update(inputs.body).digest("base64");
      const components = `("@method" "@authority" "@path" "@query" "content-digest")`;
      const nonce = bytes(inputs.nonce).toString("base64url");
      const keyId = `${inputs.username}/${inputs.device}`;
      const parameters = `${components};created=${inputs.created};nonce="${nonce}";keyid="${keyId}";tag="sotto/request/v1"`;
      const base = [
        `"@method": ${inputs.method}`,
        `"@authority": ${inputs.authority}`,
        `"@path": ${inputs.path}`,
        `"@query": ${inputs.query}`,
        `"content-digest": sha-256=:${digest}:`,
        `"@signature-params": ${parameters}`,
      ].join("\n");
      expect(outputs.signatureBase).toBe(base);
      expect(verifies(outputs.deviceKey, Buffer.from(base), outputs.signature)).toBe(true);
      expect(verifies(outputs.deviceKey, Buffer.from(`${base}\n`), outputs.signature)).toBe(false);
      expect(outputs.headers).toEqual({
        "content-digest": `sha-256=:${digest}:`,
        "signature-input": `sotto=${parameters}`,
        signature: `sotto=:${bytes(outputs.signature).toString("base64")}:`,
      });
    }
  });

  it("live statements are laid out as documented and verify under node:crypto", () => {
    const file: { readonly cases: readonly Case<LiveInputs, Outputs<typeof computeLive>>[] } = JSON.parse(
      read("live-v1.json"),
    );
    for (const { inputs, outputs } of file.cases) {
      const keyId = `${inputs.username}/${inputs.device}`;
      const fields = [lp("sotto/live/v1"), lp(inputs.origin), lp(bytes(inputs.challenge)), lp(keyId)];
      const statement = Buffer.concat(fields);
      expect(statement.toString("hex")).toBe(outputs.statement);
      expect(verifies(outputs.deviceKey, statement, outputs.signature)).toBe(true);
      expect(verifies(outputs.deviceKey, Buffer.concat(fields.slice(1)), outputs.signature)).toBe(false);
    }
  });
});

describe("the prekey ids", () => {
  const file: {
    readonly cases: readonly { readonly publicKey: string; readonly ids: Outputs<typeof computePrekeyIds> }[];
    readonly kemCases: readonly ({ readonly seed: string } & Outputs<typeof computeKemPrekeyIds>)[];
  } = JSON.parse(read("prekey-id-v1.json"));
  const idOf = (type: number, key: Buffer) => prekeyId(type, key).toString("hex");

  it("are hashes of the type and the key, for all four types", () => {
    for (const { publicKey, ids } of file.cases) {
      const key = bytes(publicKey);
      expect(ids).toEqual({ signed: idOf(1, key), oneTime: idOf(2, key) });
    }
    for (const { seed, publicKeySha256, ids } of file.kemCases) {
      const key = kemPublicKey(seed);
      expect(publicKeySha256).toBe(sha256(key).toString("hex"));
      expect(ids).toEqual({ oneTimeKem: idOf(3, key), lastResortKem: idOf(4, key) });
    }
  });

  it("are all different", () => {
    const ids = [...file.cases, ...file.kemCases].flatMap((each) => Object.values<string>(each.ids));
    expect(ids).toHaveLength(8);
    expect(new Set(ids).size).toBe(8);
  });
});
