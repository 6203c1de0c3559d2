import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { computeConversation } from "./compute-double-ratchet.ts";
import type { computeSafetyNumber } from "./compute-safety-number.ts";
import type { computeKemPrekey, computeManifest } from "./compute-statements.ts";
import type { computeX3dh } from "./compute-x3dh.ts";
import { WORKED_EXAMPLE } from "./inputs-worked-example.ts";
import { type Outputs, readVectors } from "./reference-files.ts";

const page = readFileSync(new URL("../protocol.md", import.meta.url), "utf8");

/** The text of one section of the page. */
function section(title: string): string {
  const [, rest = ""] = page.split(`\n## ${title}\n`);
  const [text = ""] = rest.split("\n## ");
  return text;
}

/** Every value of a section that is written in hexadecimal, over line breaks, or in a code block. */
function withoutSpace(text: string): string {
  return text.replace(/\s/g, "");
}

/** The case of the worked example in a file. */
function exampleOf<Example>(cases: readonly (Example & { readonly name: string })[]): Example {
  const found = cases.find(({ name }) => name === WORKED_EXAMPLE);
  if (found === undefined) throw new Error("the file has no worked example");
  return found;
}

function sha256(value: string): string {
  return createHash("sha256").update(value, "hex").digest("hex");
}

const KEM_PUBLIC_KEY_DIGITS = 2 * 1184;
const KEM_CIPHERTEXT_DIGITS = 2 * 1088;
const GENERATION_DIGITS = 16;

const handshake = exampleOf<{ readonly outputs: Outputs<typeof computeX3dh> }>(
  JSON.parse(readVectors("pqxdh-v2.json")).cases,
).outputs;
const manifest = exampleOf<{ readonly outputs: Outputs<typeof computeManifest> }>(
  JSON.parse(readVectors("manifest-v1.json")).manifests,
).outputs;
const kemPrekey = exampleOf<{ readonly outputs: Outputs<typeof computeKemPrekey> }>(
  JSON.parse(readVectors("kem-prekey-v1.json")).cases,
).outputs;
const safety = exampleOf<{ readonly outputs: Outputs<typeof computeSafetyNumber> }>(
  JSON.parse(readVectors("safety-number-v1.json")).cases,
).outputs;
const conversation = exampleOf<{
  readonly start: Outputs<typeof computeConversation>["start"];
  readonly events: readonly {
    readonly text?: string;
    readonly outputs: { readonly message?: string; readonly messageKey?: string; readonly chainKey?: string };
  }[];
}>(JSON.parse(readVectors("double-ratchet-v2.json")).cases);

describe("the worked example of the protocol's page", () => {
  const text = withoutSpace(section("16 Worked example"));

  it("is there", () => {
    expect(text.length).toBeGreaterThan(5_000);
    expect(text).not.toContain(sha256(""));
  });

  it("has every short value of the handshake", () => {
    const { inputKeyMaterial, initialHeader, kemPrekeyType, ...short } = handshake;
    for (const value of Object.values(short)) {
      if (value !== null && value !== undefined) expect(text).toContain(value);
    }
    expect(kemPrekeyType).toBe(3);
  });

  it("has the initial header but for the ciphertext in it", () => {
    const { initialHeader } = handshake;
    expect(text).toContain(initialHeader.slice(0, -(KEM_CIPHERTEXT_DIGITS + GENERATION_DIGITS)));
    expect(text).toContain(initialHeader.slice(-GENERATION_DIGITS));
  });

  it("has the signed statements up to their KEM prekeys, and their signatures", () => {
    for (const { statement, signature } of [manifest, kemPrekey]) {
      expect(text).toContain(statement.slice(0, -KEM_PUBLIC_KEY_DIGITS) + signature + sha256(statement));
      expect(text).toContain(sha256(statement.slice(-KEM_PUBLIC_KEY_DIGITS)));
    }
  });

  it("has the messages with their keys and contents", () => {
    const { initiator } = conversation.start;
    expect(text).toContain(initiator.rootKey);
    const sends = conversation.events.flatMap(({ text: content, outputs }) =>
      content === undefined ? [] : [{ content, ...outputs }],
    );
    expect(sends).toHaveLength(2);
    for (const { content, message = "", messageKey = "", chainKey = "" } of sends) {
      expect(section("16 Worked example")).toContain(`\n${content}\n`);
      expect(text).toContain(sha256(message));
      expect(text).toContain(messageKey);
      expect(text).toContain(chainKey);
      const carriesInitialHeader = message.startsWith("0201");
      expect(text).toContain(message.slice(carriesInitialHeader ? 8 + handshake.initialHeader.length : 0));
    }
  });
});

describe("the example of a safety number on the protocol's page", () => {
  const text = section("19 Safety numbers");

  it("has the fingerprints, the number and the codes of both screens", () => {
    const { ourFingerprint, theirFingerprint, digits, code } = safety;
    const onBobs = `SOTTO:1:${theirFingerprint}:${ourFingerprint}:`.toUpperCase();
    for (const value of [ourFingerprint, theirFingerprint, digits, code, onBobs]) {
      expect(text).toContain(value);
    }
  });
});
