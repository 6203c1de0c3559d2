import { readdir, readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { vectorDocuments } from "./documents.ts";

let computed: ReadonlyMap<string, string>;

beforeAll(async () => {
  computed = await vectorDocuments();
});

describe("the vector files", () => {
  it.each([
    "x3dh-v1.json",
    "pqxdh-v2.json",
    "double-ratchet-v1.json",
    "double-ratchet-v2.json",
    "crossed-starts-v2.json",
    "safety-number-v1.json",
    "manifest-v1.json",
    "kem-prekey-v1.json",
    "identity-change-v1.json",
    "request-signature-v1.json",
    "live-v1.json",
    "backup-v1.json",
    "padding-v1.json",
    "prekey-id-v1.json",
  ])("%s: every value comes out again, both roles", async (name) => {
    const written = await readFile(new URL(name, import.meta.url), "utf8");
    expect(JSON.parse(written)).toEqual(JSON.parse(computed.get(name) ?? ""));
    expect(written).toBe(computed.get(name));
  });

  it("are all replayed", async () => {
    const files = await readdir(new URL(".", import.meta.url));
    expect(files.filter((name) => name.endsWith(".json")).sort()).toEqual([...computed.keys()].sort());
  });

  it("spell every binary value in lower case", () => {
    for (const text of computed.values()) expect(text).not.toMatch(/"[0-9a-f]*[A-F][0-9A-F]{7,}"/);
  });
});
