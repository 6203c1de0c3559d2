import { describe, expect, it } from "vitest";
import { operate } from "../testing/operate.ts";
import { freshEnvelope } from "../testing/test-client.ts";
import { startTestRelay } from "../testing/test-relay.ts";

const DAY = 86_400_000;

describe("expire", () => {
  it("deletes mail whose time is over and keeps the rest", async () => {
    const relay = await startTestRelay();
    // By the wall's clock, since the command goes by that.
    relay.advance(Date.now() - 31 * DAY - relay.now());
    await relay.store.sweep(Date.now());
    const alice = await relay.member("alice");
    await alice.send("alice", [freshEnvelope(), freshEnvelope()]);
    relay.advance(31 * DAY);
    const later = freshEnvelope();
    await alice.publish();
    await alice.send("alice", [later]);
    const before = await relay.store.statistics();
    const { code, out } = await operate({ RELAY_DATA: relay.folder }, ["expire"]);
    expect({ code, out }).toEqual({
      code: 0,
      out: [expect.stringMatching(/^Deleted \d+ rows whose time was over\.$/)],
    });
    const after = await relay.store.statistics();
    expect([before.waitingEnvelopes, after.waitingEnvelopes]).toEqual([3, 1]);
    expect(await operate({ RELAY_DATA: relay.folder }, ["expire"])).toMatchObject({
      out: ["Deleted 0 rows whose time was over."],
    });
  });

  it("deletes nothing when the clock may have jumped, and says what to do", async () => {
    const relay = await startTestRelay();
    const alice = await relay.member("alice");
    relay.advance(Date.now() - 365 * DAY - relay.now());
    await alice.publish();
    await alice.send("alice", [freshEnvelope()]);
    await relay.store.sweep(relay.now());
    const { code, complaints } = await operate({ RELAY_DATA: relay.folder }, ["expire"]);
    expect(code).toBe(1);
    expect(complaints.join()).toContain("this machine's clock may be wrong");
    expect((await relay.store.statistics()).waitingEnvelopes).toBe(1);
  });
});
