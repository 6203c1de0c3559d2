import { describe, expect, it } from "vitest";
import type { LiveEvent } from "./hub.ts";
import { formatItem, formatPayload, newsName, parsePayload } from "./news.ts";

const bob = { username: "bob", device: 1, deviceKey: new Uint8Array(32).fill(1) };
const device = newsName(bob);

describe("news between processes", () => {
  it("arrives as it was sent", () => {
    const events: readonly LiveEvent[] = [
      { kind: "mail" },
      { kind: "prekeys", remaining: 0 },
      { kind: "prekeys", remaining: 100 },
      { kind: "deleted" },
    ];
    const items = events.map((event) => formatItem({ device, event }));
    const { payload, count } = formatPayload("sender", items);
    expect(count).toBe(4);
    expect(parsePayload(payload)).toEqual({ sender: "sender", news: events.map((event) => ({ device, event })) });
  });

  it("names a device by 22 letters that tell neither its name nor its key, and differ with each of them", () => {
    const others = [
      { ...bob, username: "carol" },
      { ...bob, device: 2 },
      { ...bob, deviceKey: new Uint8Array(32).fill(2) },
    ];
    const names = [bob, ...others].map(newsName);
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(newsName({ ...bob })).toBe(device);
  });

  it("stays below the 8,000 bytes that PostgreSQL takes", () => {
    const item = formatItem({ device, event: { kind: "mail" } });
    const many = Array.from({ length: 1000 }, () => item);
    // 8 + 333 x 24 = 8,000: one too many for a sender of 8 letters, but not for one of 7.
    expect(formatPayload("x".repeat(8), many).count).toBe(332);
    const { payload, count } = formatPayload("x".repeat(7), many);
    expect({ count, bytes: Buffer.byteLength(payload) }).toEqual({ count: 333, bytes: 7999 });
    expect(formatPayload("x", []).count).toBe(0);
  });

  it("is passed over where it is none", () => {
    const mail = `${device}m`;
    const wrong = ["", "x", device, `${device}x`, `${device}p`, `${device}p-1`, `${mail}1`, `x${mail}`, mail.slice(1)];
    expect(parsePayload(["sender", ...wrong, mail].join(" ")).news).toEqual([{ device, event: { kind: "mail" } }]);
    expect(parsePayload("")).toEqual({ sender: "", news: [] });
  });
});
