import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { holdRequests } from "./testing/held-requests.ts";
import { Transfers } from "./transfers.ts";

const limited = expect.objectContaining({ code: "rate-limited", retryAfterSeconds: 1 });

describe("transfers", () => {
  it("are as many as the limits say, at, below and above: of one account, and of all", async () => {
    const { responses } = await holdRequests(8);
    const transfers = new Transfers({ all: 5, ofAccount: 3 });
    const [a, b, c, d, e, f] = responses;
    if (!a || !b || !c || !d || !e || !f) throw new Error("there are too few requests");
    for (const response of [a, b, c]) transfers.begin("alice", response);
    expect(() => transfers.begin("alice", d)).toThrow(limited);
    transfers.begin("bob", d);
    transfers.begin("carol", e);
    expect(() => transfers.begin("mallory", f)).toThrow(limited);
    expect(transfers.size).toBe(5);
    a.end();
    await once(a, "close");
    expect(transfers.size).toBe(4);
    transfers.begin("alice", f);
    expect(() => transfers.begin("alice", f)).toThrow(limited);
  });

  it("end with their connection, also those whose answers wait behind another one", async () => {
    const { responses, client } = await holdRequests(20);
    const transfers = new Transfers({ all: 20, ofAccount: 20 });
    for (const response of responses) transfers.begin("alice", response);
    expect(transfers.size).toBe(20);
    client.destroy();
    await expect.poll(() => transfers.size).toBe(0);
    for (const response of responses) transfers.begin("alice", response);
    expect(transfers.size).toBe(0);
  });
});
