import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type {
  computeLive,
  computeManifest,
  computeRequestSignature,
  LiveInputs,
  ManifestInputs,
  RequestInputs,
} from "./compute-statements.ts";
import { lp, publicKeyOf, uint32 } from "./reference.ts";

interface Case<Inputs, Outputs> {
  readonly name: string;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
}
type Outputs<Compute extends (...inputs: never[]) => unknown> = Awaited<ReturnType<Compute>>;

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

const bytes = (text: string) => Buffer.from(text, "hex");

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
      const sequence = Buffer.alloc(8);
      sequence.writeBigUInt64BE(BigInt(inputs.sequence));
      const statement = Buffer.concat([
        lp("sotto/prekey-manifest/v1"),
        lp(inputs.username),
        uint32(inputs.device),
        publicKeyOf("ed25519", bytes(inputs.identitySecretKey)),
        publicKeyOf("ed25519", bytes(inputs.deviceSecretKey)),
        Buffer.of(inputs.protocolVersions.length, ...inputs.protocolVersions),
        publicKeyOf("x25519", bytes(inputs.signedPrekeySecretKey)),
        uint32(inputs.signedPrekeyDay),
        sequence,
        bytes(inputs.previousHash),
        lp(""),
      ]);
      expect(statement.toString("hex")).toBe(outputs.statement);
      expect(verifies(outputs.identityKey, statement, outputs.signature)).toBe(true);
      expect(verifies(outputs.deviceKey, statement, outputs.signature)).toBe(false);
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
