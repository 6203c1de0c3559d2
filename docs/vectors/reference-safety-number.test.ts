import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { computeLibsignal, computeSafetyNumber, LibsignalInputs, SafetyInputs } from "./compute-safety-number.ts";
import { lp, publicKeyOf } from "./reference.ts";
import { bytes, type Case, type Outputs, readVectors } from "./reference-files.ts";

function fingerprint(publicKey: Buffer, identifier: string): Buffer {
  let hash = Buffer.concat([Buffer.of(0, 0), publicKey, Buffer.from(identifier)]);
  for (let iteration = 0; iteration < 5200; iteration++) {
    hash = createHash("sha512").update(hash).update(publicKey).digest();
  }
  return hash.subarray(0, 32);
}

function digits(fingerprints: readonly Buffer[]): string {
  const halves = fingerprints.map((each) =>
    [0, 5, 10, 15, 20, 25].map((at) => (each.readUIntBE(at, 5) % 100_000).toString().padStart(5, "0")).join(""),
  );
  return halves.sort().join("");
}

const file: {
  readonly cases: readonly Case<SafetyInputs, Outputs<typeof computeSafetyNumber>>[];
  readonly comparisons: {
    readonly inputs: SafetyInputs;
    readonly scanned: readonly { readonly text: string; readonly result: string }[];
  };
  readonly libsignal: {
    readonly people: readonly LibsignalInputs[];
    readonly outputs: ReturnType<typeof computeLibsignal>;
  };
} = JSON.parse(readVectors("safety-number-v1.json"));

describe("the safety number vectors", () => {
  it.each(file.cases)("$name: another implementation finds the same", ({ inputs, outputs }) => {
    const [ours, theirs] = [inputs.ours, inputs.theirs].map(({ username, identitySecretKey }) =>
      fingerprint(publicKeyOf("ed25519", bytes(identitySecretKey)), username),
    );
    if (ours === undefined || theirs === undefined) throw new Error("a safety number is of two");
    const named = Buffer.concat([lp(inputs.ours.username), lp(inputs.theirs.username)]);
    const names = createHash("sha512").update(named).digest().subarray(0, 8);
    const code = ["SOTTO", "1", ...[ours, theirs, names].map((each) => each.toString("hex").toUpperCase())].join(":");
    expect(outputs).toMatchObject({
      ourFingerprint: ours.toString("hex"),
      theirFingerprint: theirs.toString("hex"),
      digits: digits([ours, theirs]),
      code,
    });
  });

  it("have one number on both screens, and another for another key", () => {
    const [onAlices, onBobs, changed] = file.cases.map(({ outputs }) => outputs);
    expect(onAlices?.digits).toBe(onBobs?.digits);
    expect(onAlices?.code).not.toBe(onBobs?.code);
    expect(changed?.digits).not.toBe(onAlices?.digits);
  });

  it("match the one code that stands on the other's screen", () => {
    const onBobs = file.cases.find(({ name }) => name === "on Bob's screen")?.outputs;
    const results = file.comparisons.scanned.map(({ result }) => result);
    expect(file.comparisons.scanned.filter(({ result }) => result === "match").map(({ text }) => text)).toEqual([
      onBobs?.code,
    ]);
    expect(new Set(results)).toEqual(
      new Set(["match", "mismatch", "own-code", "other-people", "newer-version", "not-a-code"]),
    );
  });

  it("hold what libsignal publishes", () => {
    const { people, outputs } = file.libsignal;
    const fingerprints = people.map(({ publicKey, identifier }) => fingerprint(bytes(publicKey), identifier));
    expect(fingerprints.map((each) => each.toString("hex"))).toEqual(outputs.fingerprints);
    expect(digits(fingerprints)).toBe("300354477692869396892869876765458257569162576843440918079131");
    expect(outputs.digits).toBe(digits(fingerprints));
  });
});
