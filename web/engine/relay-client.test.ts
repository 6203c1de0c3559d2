import { describe, expect, it } from "vitest";
import { generateDeviceKeyPair } from "../protocol/keys.ts";
import type { RelayRequest, RelayResponse } from "./ports.ts";
import { RelayClient } from "./relay-client.ts";
import { randomBytes, systemClock } from "./testing/person.ts";

const REPLAYED: RelayResponse = { status: 401, json: { error: "request-replayed" } };
const DONE: RelayResponse = { status: 200, json: {} };

/** A client whose relay gives these answers, one after the other, with what it was asked. */
function clientOf(...answers: readonly RelayResponse[]) {
  const asked: RelayRequest[] = [];
  const network = {
    origin: "https://chat.example",
    authority: "chat.example",
    async request(request: RelayRequest) {
      asked.push(request);
      return answers[asked.length - 1] ?? { status: 500, json: { error: "internal" } };
    },
    connectLive: () => ({ retryNow: () => {}, close: () => {} }),
  };
  const signer = { keyId: { username: "alice", device: 1 }, secretKey: generateDeviceKeyPair(randomBytes).secretKey };
  return { client: new RelayClient({ network, clock: systemClock, randomBytes }, () => signer), asked };
}

describe("a request that a proxy on the way has repeated", () => {
  it("is signed anew under another nonce, with the same body", async () => {
    const { client, asked } = clientOf(REPLAYED, DONE);
    expect(await client.acknowledge([{ from: "bob", fromDevice: 1, id: new Uint8Array(16) }])).toMatchObject({
      kind: "ok",
    });
    const [first, second] = asked;
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["signature-input"]).not.toBe(first?.headers["signature-input"]);
    expect(asked).toHaveLength(2);
  });

  it("is not tried for ever", async () => {
    const { client, asked } = clientOf(REPLAYED, REPLAYED, DONE);
    expect(await client.receive(null)).toEqual({ kind: "refused", code: "request-replayed" });
    expect(asked).toHaveLength(2);
  });
});
