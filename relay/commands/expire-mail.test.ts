import { describe, expect, it } from "vitest";
import { operate } from "../testing/operate.ts";
import { freshEnvelope } from "../testing/test-client.ts";
import { startTestRelay, type TestRelay } from "../testing/test-relay.ts";

const DAY = 86_400_000;

const expireMail = ({ folder }: TestRelay, args: readonly string[]) =>
  operate({ RELAY_DATA: folder }, ["expire-mail", ...args]);

/** Alice and Bob with mail from ten days ago and from now, by the wall's clock, since the command goes by that. */
async function startWithMail() {
  const relay = await startTestRelay();
  relay.advance(Date.now() - 10 * DAY - relay.now());
  const [alice, bob, carol] = [await relay.member("alice"), await relay.member("bob"), await relay.member("carol")];
  const early = freshEnvelope();
  for (const to of ["alice", "bob"]) await carol.send(to, [early]);
  relay.advance(10 * DAY);
  for (const to of ["alice", "bob"]) await carol.send(to, [freshEnvelope()]);
  return { relay, alice, bob, carol, early };
}

async function waiting({ relay }: Awaited<ReturnType<typeof startWithMail>>, username: string): Promise<number> {
  const mailbox = { username, device: 1 };
  return (await relay.store.listMail({ mailbox, after: 0, limit: 10, now: relay.now() })).envelopes.length;
}

describe("expire-mail", () => {
  it("drops everybody's mail that has waited for so many days, and no other", async () => {
    const test = await startWithMail();
    expect((await expireMail(test.relay, ["11"])).out).toEqual(["Dropped 0 messages that had waited for 11 days."]);
    expect([await waiting(test, "alice"), await waiting(test, "bob")]).toEqual([2, 2]);
    expect((await expireMail(test.relay, ["9"])).out).toEqual(["Dropped 2 messages that had waited for 9 days."]);
    expect([await waiting(test, "alice"), await waiting(test, "bob")]).toEqual([1, 1]);
  });

  it("drops only one account's mail when it is named, and all of it for 0 days", async () => {
    const test = await startWithMail();
    expect(await expireMail(test.relay, ["0", "alice"])).toEqual({
      code: 0,
      out: ["Dropped 2 messages to alice that had waited for 0 days."],
      complaints: [],
    });
    expect([await waiting(test, "alice"), await waiting(test, "bob")]).toEqual([0, 2]);
  });

  it("is not undone by a sender who tries again", async () => {
    const test = await startWithMail();
    await expireMail(test.relay, ["9"]);
    expect((await test.carol.send("alice", [test.early])).status).toBe(200);
    expect(await waiting(test, "alice")).toBe(1);
  });

  it("takes 0 to 3,650 days and a username, and nothing else", async () => {
    const relay = await startTestRelay();
    for (const days of ["0", "3650"]) expect((await expireMail(relay, [days])).code).toBe(0);
    for (const days of ["-1", "3651", "alice", "1.5", ""]) {
      const complaints = [`Days must be a number from 0 to 3650, got ${JSON.stringify(days)}.`];
      expect(await expireMail(relay, [days])).toEqual({ code: 1, out: [], complaints });
    }
    expect((await expireMail(relay, ["1", "Alice"])).complaints[0]).toContain('"Alice" is none.');
    const usage = "Usage: node build/relay/main.js expire-mail <days> [username]";
    expect(await expireMail(relay, [])).toEqual({ code: 1, out: [], complaints: [usage] });
  });
});
