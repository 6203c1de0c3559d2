import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { Transfers } from "./transfers.ts";

/** A server that takes requests and leaves them unanswered, and a connection with so many requests on it. */
async function startHolding(requests: number) {
  const responses: ServerResponse[] = [];
  const server = createServer((_request, response) => void responses.push(response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  client.on("error", () => {});
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(requests));
  await expect.poll(() => responses.length).toBe(requests);
  return { responses, client };
}

const limited = expect.objectContaining({ code: "rate-limited", retryAfterSeconds: 1 });

describe("transfers", () => {
  it("are as many as the limits say, at, below and above: of one account, and of all", async () => {
    const { responses } = await startHolding(8);
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
    const { responses, client } = await startHolding(20);
    const transfers = new Transfers({ all: 20, ofAccount: 20 });
    for (const response of responses) transfers.begin("alice", response);
    expect(transfers.size).toBe(20);
    client.destroy();
    await expect.poll(() => transfers.size).toBe(0);
    for (const response of responses) expect(() => transfers.begin("alice", response)).toThrow("bad-request");
    expect(transfers.size).toBe(0);
  });
});
