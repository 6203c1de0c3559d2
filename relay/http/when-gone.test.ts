import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { OpenRequests } from "./open-requests.ts";
import { holdRequests } from "./testing/held-requests.ts";
import { whenGone } from "./when-gone.ts";

describe("an answer", () => {
  it("is gone once it has left, which is told once", async () => {
    const { responses, client } = await holdRequests(1);
    const [response] = responses;
    if (!response) throw new Error("there is no request");
    let told = 0;
    whenGone(response, () => {
      told += 1;
    });
    expect(told).toBe(0);
    response.end();
    await once(response, "close");
    expect(told).toBe(1);
    const closed = new Promise((resolve) => response.req.socket.once("close", resolve));
    client.destroy();
    await closed;
    expect(told).toBe(1);
  });

  it("is gone with its client, also where it waits behind another one, and where the client had gone before", async () => {
    const { responses, client } = await holdRequests(20);
    let told = 0;
    const tell = () => {
      told += 1;
    };
    for (const response of responses) whenGone(response, tell);
    client.destroy();
    await expect.poll(() => told).toBe(20);
    for (const response of responses) whenGone(response, tell);
    expect(told).toBe(40);
  });

  it("is not waited for by a relay that ends, where its client is gone", async () => {
    const { responses, client } = await holdRequests(20);
    const requests = new OpenRequests();
    for (const response of responses) requests.add(response);
    client.destroy();
    const started = performance.now();
    await requests.drain(30_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
