import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { inviteCodeHash } from "../store/invite-records.ts";
import { DATABASE_FILE } from "../store/sqlite-store.ts";
import type { TestClient } from "../testing/test-client.ts";
import { startTestRelay, type TestRelay } from "../testing/test-relay.ts";

const CODE = "an-invite-code-of-the-operator";
const HOUR = 3_600_000;

const startByInvite = () => startTestRelay({ registration: "invite" });

function addInvite({ store, now }: TestRelay, { uses = 1, code = CODE } = {}) {
  return store.addInvite({ codeHash: inviteCodeHash(code), uses, expiresAt: now() + HOUR });
}

/** What becomes of registering: "ok" or the code of the refusal. */
async function register(client: TestClient, invite?: string): Promise<unknown> {
  const { status, json } = await client.publish(invite === undefined ? {} : { invite });
  return status === 200 ? "ok" : { status, json };
}

const INVITE_REQUIRED = { status: 403, json: { error: "invite-required" } };
const CLOSED = { status: 403, json: { error: "registration-closed" } };

describe("registering on an open relay", () => {
  it("takes no invite, and does not mind one", async () => {
    const relay = await startTestRelay();
    expect(await register(relay.stranger("alice"))).toBe("ok");
    expect(await register(relay.stranger("bob"), CODE)).toBe("ok");
  });
});

describe("registering on a relay that asks for an invite", () => {
  it("takes a code with uses left, and one use of it", async () => {
    const relay = await startByInvite();
    await addInvite(relay, { uses: 2 });
    expect(await register(relay.stranger("alice"), CODE)).toBe("ok");
    expect(await register(relay.stranger("bob"), CODE)).toBe("ok");
    expect(await register(relay.stranger("carol"), CODE)).toEqual(INVITE_REQUIRED);
  });

  it("is refused without a code and with a wrong one, and nothing is kept of it", async () => {
    const relay = await startByInvite();
    await addInvite(relay);
    for (const code of [undefined, `${CODE}x`, CODE.toUpperCase()]) {
      expect(await register(relay.stranger("mallory"), code), code).toEqual(INVITE_REQUIRED);
    }
    const database = new Sqlite(join(relay.folder, DATABASE_FILE), { readonly: true });
    expect(database.prepare("select username from name").all()).toEqual([]);
    database.close();
    expect(await register(relay.stranger("alice"), CODE)).toBe("ok");
  });

  it("is refused with a code whose time is over", async () => {
    const relay = await startByInvite();
    await addInvite(relay, { uses: 2 });
    relay.advance(HOUR - 1);
    expect(await register(relay.stranger("alice"), CODE)).toBe("ok");
    relay.advance(1);
    expect(await register(relay.stranger("bob"), CODE)).toEqual(INVITE_REQUIRED);
  });

  it("uses nothing up when it is refused for another reason", async () => {
    const relay = await startByInvite();
    await addInvite(relay, { uses: 2 });
    const alice = relay.stranger("alice");
    expect(await register(alice, CODE)).toBe("ok");
    expect((await relay.stranger("alice").publish({ invite: CODE })).json).toEqual({ error: "name-taken" });
    const bob = relay.stranger("bob");
    const signature = alice.signManifest(bob.manifest);
    expect((await bob.publish({ invite: CODE, signature })).json).toEqual({ error: "manifest-invalid" });
    expect(await register(bob, CODE)).toBe("ok");
  });

  it("takes no second use when a lost answer makes it come again", async () => {
    const relay = await startByInvite();
    await addInvite(relay, { uses: 2 });
    const alice = relay.stranger("alice");
    for (let attempt = 0; attempt < 3; attempt += 1) expect(await register(alice, CODE)).toBe("ok");
    expect(await register(relay.stranger("bob"), CODE)).toBe("ok");
  });

  it("gives one name to one of many who use the last use of a code at the same time", async () => {
    const relay = await startByInvite();
    await addInvite(relay);
    const names = Array.from({ length: 10 }, (_, index) => `carol-${index}`);
    const answers = await Promise.all(names.map((name) => register(relay.stranger(name), CODE)));
    expect(answers.filter((answer) => answer === "ok")).toHaveLength(1);
  });

  it("lets whoever owns a name go on without a code", async () => {
    const relay = await startByInvite();
    await addInvite(relay);
    const alice = relay.stranger("alice");
    expect(await register(alice, CODE)).toBe("ok");
    expect((await alice.publish({ manifest: alice.nextManifest() })).status).toBe(200);
    const successor = relay.stranger("alice");
    const manifest = successor.nextManifest(alice.manifest);
    const identityChange = alice.signIdentityChange(successor);
    expect((await successor.publish({ manifest, identityChange })).status).toBe(200);
  });

  it("asks for a code again once the account was deleted", async () => {
    const relay = await startByInvite();
    await addInvite(relay, { uses: 2 });
    const alice = relay.stranger("alice");
    expect(await register(alice, CODE)).toBe("ok");
    expect((await alice.deleteAccount()).status).toBe(200);
    expect(await register(alice)).toEqual(INVITE_REQUIRED);
    expect(await register(alice, CODE)).toBe("ok");
  });

  it("refuses what cannot be a code", async () => {
    const relay = await startByInvite();
    for (const code of ["", "x".repeat(15), "x".repeat(65), "not a code at all!"]) {
      const answer = await register(relay.stranger("alice"), code);
      expect(answer, code).toEqual({ status: 400, json: { error: "bad-request" } });
    }
    for (const code of ["x".repeat(16), "x".repeat(64)]) {
      expect(await register(relay.stranger("alice"), code), code).toEqual(INVITE_REQUIRED);
    }
  });
});

describe("registering on a closed relay", () => {
  it("is refused, with or without a code, while those who are there go on", async () => {
    let isClosed = false;
    const relay = await startTestRelay({
      registration: "closed",
      wrapStore: (store) => ({
        ...store,
        publishKeys: (publication) =>
          store.publishKeys(isClosed ? publication : { ...publication, registration: { kind: "open" } }),
      }),
    });
    const alice = await relay.member("alice");
    isClosed = true;
    await addInvite(relay);
    for (const code of [undefined, CODE]) expect(await register(relay.stranger("bob"), code)).toEqual(CLOSED);
    expect((await alice.publish({ manifest: alice.nextManifest() })).status).toBe(200);
    expect((await alice.deleteAccount()).status).toBe(200);
    expect(await register(alice)).toEqual(CLOSED);
  });
});
