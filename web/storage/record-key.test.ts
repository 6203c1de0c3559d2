import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { recordKey, recordNumber, recordRange } from "./record-key.ts";

const secret = new Uint8Array(32).fill(7);
const indexKey = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);

describe("record keys", () => {
  it("hide text as the header of the file says, byte for byte", async () => {
    const named = Buffer.concat([
      Buffer.from("\0\x05peers", "latin1"),
      Buffer.from([0, 2, 0, 0]),
      Buffer.from("\0\x03bob", "latin1"),
    ]);
    const digest = createHmac("sha256", secret).update(named).digest("base64url").slice(0, 22);
    expect(await recordKey(indexKey, "peers", ["bob"])).toBe(`peers/~${digest}/`);
  });

  it("differ by store, by position, by text and by key", async () => {
    const otherKey = await crypto.subtle.importKey(
      "raw",
      new Uint8Array(32).fill(8),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
    const keys = await Promise.all([
      recordKey(indexKey, "peers", ["bob"]),
      recordKey(indexKey, "messages", ["bob"]),
      recordKey(indexKey, "peers", ["bab"]),
      recordKey(otherKey, "peers", ["bob"]),
    ]);
    expect(new Set(keys.map((key) => key.split("/")[1])).size).toBe(4);
    const [, first, second] = (await recordKey(indexKey, "peers", ["bob", "bob"])).split("/");
    expect(first).not.toBe(second);
  });

  it("spell numbers in a fixed width, so that their order is the order of keys", async () => {
    const numbers = [0, 1, 15, 16, 255, 256, 2 ** 32, 2 ** 40 - 1, 2 ** 40];
    const keys = await Promise.all(numbers.map((number) => recordKey(indexKey, "outbox", [number])));
    expect(keys[0]).toBe("outbox/00000000000/");
    expect(keys.at(-1)).toBe("outbox/10000000000/");
    expect(keys.toSorted()).toEqual(keys);
    expect(keys.map(recordNumber)).toEqual(numbers);
  });

  it.each([-1, 2 ** 40 + 1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuse %d as a number", async (number) => {
    await expect(recordKey(indexKey, "outbox", [number])).rejects.toThrow(RangeError);
  });

  it("have no number where the id ends in text or is empty", async () => {
    expect(recordNumber(await recordKey(indexKey, "peers", [3, "bob"]))).toBeNull();
    expect(recordNumber(await recordKey(indexKey, "account", []))).toBeNull();
  });

  it("keep ranges of numbers clear of texts", async () => {
    const range = await recordRange(indexKey, "mixed", { from: 3 });
    const [number, textual] = await Promise.all([
      recordKey(indexKey, "mixed", [2 ** 40]),
      recordKey(indexKey, "mixed", ["bob"]),
    ]);
    expect(number >= range.from && number < range.below).toBe(true);
    expect(textual < range.below).toBe(false);
  });

  it("refuse a bound that is no whole number, and take one that is out of reach", async () => {
    await expect(recordRange(indexKey, "outbox", { from: 0.5 })).rejects.toThrow(RangeError);
    await expect(recordRange(indexKey, "outbox", { below: Number.NaN })).rejects.toThrow(RangeError);
    const range = await recordRange(indexKey, "outbox", { from: -5, below: Number.POSITIVE_INFINITY });
    expect(range).toMatchObject({ from: "outbox/00000000000", below: "outbox/10000000001" });
  });
});
