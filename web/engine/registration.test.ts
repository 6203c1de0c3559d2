/** Registering where the relay does not let everybody in: with an invite code, without one, and not at all. */
import { describe, expect, it } from "vitest";
import { inviteCodeHash } from "../../relay/store/invite-records.ts";
import { startTestRelay, type TestRelay } from "../../relay/testing/test-relay.ts";
import { UnreachableError } from "./ports.ts";
import { type PersonOptions, startPerson } from "./testing/person.ts";

const CODE = "an-invite-code-of-the-operator";

async function startByInvite(): Promise<TestRelay> {
  const relay = await startTestRelay({ registration: "invite" });
  await relay.store.addInvite({ codeHash: inviteCodeHash(CODE), uses: 1, expiresAt: relay.now() + 3_600_000 });
  return relay;
}

/** What is kept of the code, once the engine has stopped. */
async function keptInvite(person: ReturnType<typeof startPerson>): Promise<string | null | undefined> {
  await person.engine.stop();
  return (await (await person.openStore()).read("account", []))?.invite;
}

const ofAlice = (relay: TestRelay, options: Partial<PersonOptions> = {}) =>
  startPerson({ username: "alice", origin: relay.origin, ...options });

describe("registering on a relay that asks for an invite code", () => {
  it("succeeds with one, which is then forgotten", async () => {
    const alice = ofAlice(await startByInvite());
    expect(await alice.engine.register(CODE)).toEqual({ kind: "registered" });
    await alice.until(({ connection }) => connection === "online");
    expect(await keptInvite(alice)).toBeNull();
  });

  it("says that a code is missing, and goes on with the same keys once there is one", async () => {
    const alice = ofAlice(await startByInvite());
    expect(await alice.engine.register()).toEqual({ kind: "invite-required" });
    await alice.until(({ phase }) => phase === "unregistered");
    expect(await alice.engine.register(CODE)).toEqual({ kind: "registered" });
  });

  it("says that the code is not taken, and keeps nothing of it", async () => {
    const relay = await startByInvite();
    const alice = ofAlice(relay);
    for (const code of [`${CODE}x`, "too short", "not a code, whatever the relay says"]) {
      expect(await alice.engine.register(code), code).toEqual({ kind: "invite-refused" });
    }
    expect(await keptInvite(alice)).toBeNull();
    const again = ofAlice(relay, { disk: alice.disk });
    expect(await again.engine.register()).toEqual({ kind: "invite-required" });
    expect(await again.engine.register(CODE)).toEqual({ kind: "registered" });
  });

  it("keeps the code over a lost connection and a restart, and needs no second use of it", async () => {
    const relay = await startByInvite();
    for (const lost of ["request", "answer"] as const) {
      const alice = ofAlice(relay, {
        username: `alice-${lost}`,
        wrapNetwork: (network) => ({
          ...network,
          async request(request) {
            if (lost === "answer") await network.request(request);
            throw new UnreachableError(`the ${lost} is lost`);
          },
        }),
      });
      await relay.store.addInvite({
        codeHash: inviteCodeHash(`${CODE}-${lost}`),
        uses: 1,
        expiresAt: relay.now() + 3_600_000,
      });
      expect(await alice.engine.register(`${CODE}-${lost}`)).toEqual({ kind: "offline" });
      expect(await keptInvite(alice)).toBe(`${CODE}-${lost}`);
      const back = ofAlice(relay, { username: `alice-${lost}`, disk: alice.disk });
      expect(await back.engine.register(), lost).toEqual({ kind: "registered" });
      expect(await keptInvite(back)).toBeNull();
    }
  });
});

describe("registering on a relay that is closed", () => {
  it("is refused, and nothing is kept", async () => {
    const relay = await startTestRelay({ registration: "closed" });
    const alice = ofAlice(relay);
    for (const code of [null, CODE]) {
      expect(await alice.engine.register(code)).toEqual({ kind: "registration-closed" });
      expect(alice.account().phase).not.toBe("ready");
    }
    expect(await keptInvite(alice)).toBeUndefined();
  });
});
