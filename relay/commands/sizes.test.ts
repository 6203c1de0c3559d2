import { describe, expect, it } from "vitest";
import { operate } from "../testing/operate.ts";
import { freshBytes, freshEnvelope } from "../testing/test-client.ts";
import { startTestRelay } from "../testing/test-relay.ts";
import { formatBytes } from "./sizes.ts";

describe("sizes", () => {
  it("counts what is stored and names the largest mailboxes first", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice", 2);
    await relay.member("bob");
    const id = freshBytes(32);
    await alice.createBlob(id, 8192);
    await alice.putChunk(id, 0, freshBytes(8192));
    await alice.send("alice", [freshEnvelope(new Uint8Array(10))]);
    await alice.send("bob", [freshEnvelope(new Uint8Array(1500)), freshEnvelope(new Uint8Array(500))]);
    expect(await operate({ RELAY_DATA: relay.folder }, ["sizes"])).toEqual({
      code: 0,
      out: [
        "2 accounts, 4 one-time prekeys in stock",
        "1 device out of one-time prekeys",
        "3 messages waiting, 2.0 KiB",
        "1 attachment, 8.0 KiB",
        "  bob: 2 messages, 2.0 KiB, waiting since 2026-11-24",
        "  alice: 1 message, 10 bytes, waiting since 2026-11-24",
      ],
      complaints: [],
    });
  });

  it("names nobody when no mail waits", async () => {
    const relay = await startTestRelay();
    await relay.member("alice");
    const { out } = await operate({ RELAY_DATA: relay.folder }, ["sizes"]);
    expect(out).toHaveLength(4);
    expect(out.join()).not.toContain("alice");
  });

  it.each([
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [1024, "1.0 KiB"],
    [1024 * 1024 - 1, "1024 KiB"],
    [150 * 1024 * 1024, "150 MiB"],
    [3.25 * 1024 ** 3, "3.3 GiB"],
    [5000 * 1024 ** 4, "5000 TiB"],
  ])("writes %d as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
