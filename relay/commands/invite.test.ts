import { describe, expect, it } from "vitest";
import { operate } from "../testing/operate.ts";
import { startTestRelay, type TestRelay } from "../testing/test-relay.ts";
import { INVITE_CODE } from "../wire/keys.ts";

const invite = ({ folder }: TestRelay, args: readonly string[], environment = {}) =>
  operate({ RELAY_DATA: folder, ...environment }, ["invite", ...args]);

/** A relay that asks for invites and whose clock is the wall's, since the command goes by that. */
async function startRelay() {
  const relay = await startTestRelay({ registration: "invite" });
  relay.advance(Date.now() - relay.now());
  return relay;
}

async function codeOf(relay: TestRelay, args: readonly string[]): Promise<string> {
  const { out } = await invite(relay, args);
  const [, code = ""] = /: (\S+)$/.exec(out[0] ?? "") ?? [];
  return code;
}

async function register(relay: TestRelay, username: string, code: string): Promise<number> {
  return (await relay.stranger(username).publish({ invite: code })).status;
}

describe("invite", () => {
  it("shows a code with which one may register within seven days", async () => {
    const relay = await startRelay();
    const { code: exit, out, complaints } = await invite(relay, []);
    expect({ exit, complaints }).toEqual({ exit: 0, complaints: [] });
    expect(out).toEqual([expect.stringMatching(/^For 1 use within 7 days, shown only now: [A-Za-z0-9_-]{32}$/)]);
    const code = await codeOf(relay, []);
    expect(code).toMatch(INVITE_CODE);
    expect(await register(relay, "alice", code)).toBe(200);
    expect(await register(relay, "bob", code)).toBe(403);
  });

  it("makes another code each time, good for as many uses and days as it is told", async () => {
    const relay = await startRelay();
    const codes = [await codeOf(relay, ["2", "3"]), await codeOf(relay, ["1", "1"])] as const;
    expect(codes[0]).not.toBe(codes[1]);
    relay.advance(2 * 86_400_000);
    expect(await register(relay, "alice", codes[1])).toBe(403);
    expect(await register(relay, "alice", codes[0])).toBe(200);
    expect(await register(relay, "bob", codes[0])).toBe(200);
    expect(await register(relay, "carol", codes[0])).toBe(403);
  });

  it("shows a link where the relay has a public origin", async () => {
    const relay = await startRelay();
    const { out } = await invite(relay, ["3"], { RELAY_PUBLIC_ORIGIN: "https://chat.example" });
    expect(out).toEqual([
      expect.stringMatching(
        /^For 3 uses within 7 days, shown only now: https:\/\/chat\.example\/\?invite=[A-Za-z0-9_-]{32}$/,
      ),
    ]);
  });

  it("takes 1 to 10,000 uses and 1 to 3,650 days, and nothing else", async () => {
    const relay = await startRelay();
    for (const args of [
      ["1", "1"],
      ["10000", "3650"],
    ])
      expect((await invite(relay, args)).code).toBe(0);
    for (const uses of ["0", "10001", "-1", "1.5", "many", "", "1e3"]) {
      const complaints = [`Uses must be a number from 1 to 10000, got ${JSON.stringify(uses)}.`];
      expect(await invite(relay, [uses])).toEqual({ code: 1, out: [], complaints });
    }
    for (const days of ["0", "3651", "-1", "a week", ""]) {
      const complaints = [`Days must be a number from 1 to 3650, got ${JSON.stringify(days)}.`];
      expect(await invite(relay, ["1", days])).toEqual({ code: 1, out: [], complaints });
    }
  });
});
