import { describe, expect, it } from "vitest";
import { encode, freshBytes } from "../testing/test-client.ts";
import { startTestRelay } from "../testing/test-relay.ts";

const fresh = () => freshBytes(16);

describe("POST /api/epoch", () => {
  it("sets what comes next where the present epoch is expected, and else says which there is", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    const [first, second, other] = [fresh(), fresh(), fresh()];
    expect(await alice.epoch({ expected: [], next: first })).toMatchObject({
      status: 200,
      json: { epoch: encode(first) },
    });
    expect((await alice.epoch({ expected: [other], next: second })).json).toEqual({ epoch: encode(first) });
    expect((await alice.epoch({ expected: [other, first], next: second })).json).toEqual({ epoch: encode(second) });
  });

  it("is refused for others, for strangers and when it is malformed", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    await relay.member("bob");
    const request = { expected: [], next: fresh() };
    expect((await alice.epoch(request, "bob")).json).toEqual({ error: "forbidden" });
    expect((await relay.stranger("carol").epoch(request)).json).toEqual({ error: "unknown-device" });
    expect((await alice.epoch({ ...request, next: freshBytes(15) })).json).toEqual({ error: "bad-request" });
    expect((await alice.epoch(request)).status).toBe(200);
  });
});
