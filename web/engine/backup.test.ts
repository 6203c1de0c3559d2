/** A backup and its restoring on another device: what comes along, what does not, and how everybody talks on. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { openBackup, sealBackup } from "../protocol/backup-file.ts";
import { utf8 } from "../protocol/bytes.ts";
import { CancelledError } from "./long-work.ts";
import { newConversation } from "./messages.ts";
import { UnreachableError } from "./ports.ts";
import { storeBackup } from "./restore.ts";
import { randomBytes, startPerson, statuses, systemClock, texts } from "./testing/person.ts";

const PASSPHRASE = "correct horse battery staple";
const CHEAP = { memory: 8, passes: 1 };

async function aliceAndBob() {
  const relay = await startTestRelay();
  const alice = startPerson({ username: "alice", origin: relay.origin });
  let sendsAreHeld = false;
  const bob = startPerson({
    username: "bob",
    origin: relay.origin,
    wrapNetwork: (honest) => ({
      origin: honest.origin,
      authority: honest.authority,
      connectLive: (handlers) => honest.connectLive(handlers),
      request: async (request) => {
        if (sendsAreHeld && request.target === "/api/send") throw new UnreachableError("held");
        return await honest.request(request);
      },
    }),
  });
  const holdSends = (held: boolean) => {
    sendsAreHeld = held;
  };
  await alice.register();
  await bob.register();
  await alice.engine.startConversation("bob");
  await alice.engine.send("bob", "One.");
  await bob.untilConversation("alice", (view) => texts(view).includes("One."));
  await bob.engine.send("alice", "Two.");
  await alice.untilConversation("bob", (view) => texts(view).includes("Two."));
  const another = () => startPerson({ username: "bob", origin: relay.origin });
  return { origin: relay.origin, alice, bob, another, holdSends };
}

type Person = Awaited<ReturnType<typeof aliceAndBob>>["bob"];

/** A backup that costs little to open. */
async function backUp(person: Person): Promise<Uint8Array<ArrayBuffer>> {
  const outcome = await person.engine.makeBackup(PASSPHRASE);
  if (outcome.kind !== "made") throw new Error(`the backup ended as ${outcome.kind}`);
  const { username, content } = await openBackup(outcome.file, PASSPHRASE);
  return await sealBackup({ username, content, passphrase: PASSPHRASE, cost: CHEAP, randomBytes });
}

describe("a restored account", () => {
  it("has people, what was verified and history, and talks on in both directions", async () => {
    const { alice, bob, another } = await aliceAndBob();
    const number = await bob.engine.safetyNumber("alice");
    await bob.engine.setVerified("alice", number?.digits ?? "", true);
    const file = await backUp(bob);
    await bob.engine.stop();
    const back = another();
    expect(await back.engine.restoreBackup(file, PASSPHRASE)).toEqual({ kind: "restored" });
    await back.until(({ connection }) => connection === "online");
    const view = await back.untilConversation("alice", (seen) => texts(seen).includes("Two."));
    expect(texts(view).slice(0, 2)).toEqual(["One.", "Two."]);
    expect(view.identity.kind).toBe("verified");
    expect(await back.engine.safetyNumber("alice")).toMatchObject({ digits: number?.digits, verified: true });

    await back.engine.send("alice", "Three.");
    const seen = await alice.untilConversation("bob", (shown) => texts(shown).includes("Three."));
    expect(seen.identity.kind).toBe("unverified");
    await alice.engine.send("bob", "Four.");
    await back.untilConversation("alice", (shown) => texts(shown).at(-1) === "Four.");
    await alice.untilConversation("bob", (shown) => statuses(shown).every((status) => status === "delivered"));
  }, 60_000);

  it("gets what was written to its earlier device, whose keys it does not have", async () => {
    const { alice, bob, another } = await aliceAndBob();
    const file = await backUp(bob);
    await bob.engine.stop();
    await alice.engine.send("bob", "While you were away.");
    await alice.untilConversation("bob", (view) => statuses(view).every((status) => status !== "waiting"));
    const back = another();
    await back.engine.restoreBackup(file, PASSPHRASE);
    await back.untilConversation("alice", (view) => texts(view).includes("While you were away."));
  }, 60_000);

  it("sends once what had not left when the backup was made", async () => {
    const { alice, bob, another, holdSends } = await aliceAndBob();
    holdSends(true);
    await bob.engine.send("alice", "In two minds.");
    const file = await backUp(bob);
    holdSends(false);
    await bob.engine.reconnect();
    await alice.untilConversation("bob", (view) => texts(view).includes("In two minds."));
    await bob.engine.stop();
    const back = another();
    await back.engine.restoreBackup(file, PASSPHRASE);
    await back.untilConversation("alice", (view) => statuses(view).at(-1) === "delivered");
    const seen = await alice.untilConversation("bob", () => true);
    expect(texts(seen).filter((text) => text === "In two minds.")).toHaveLength(1);
  }, 60_000);

  it("is recognised by the first device, which says so and sends no more", async () => {
    const { alice, bob, another } = await aliceAndBob();
    const file = await backUp(bob);
    const back = another();
    await back.engine.restoreBackup(file, PASSPHRASE);
    await back.until(({ connection }) => connection === "online");
    await bob.engine.reconnect();
    await bob.engine.send("alice", "From the first device.");
    await bob.until(({ problem }) => problem === "in-use-elsewhere");
    await back.engine.send("alice", "From the second device.");
    await alice.untilConversation("bob", (view) => texts(view).includes("From the second device."));
    const seen = await alice.untilConversation("bob", () => true);
    expect(texts(seen)).not.toContain("From the first device.");
    expect(back.account().problem).toBeNull();
  }, 60_000);
});

describe("a restoring that is cut off", () => {
  it("leaves no account, and can be begun again", async () => {
    const { bob, another, origin } = await aliceAndBob();
    const file = await backUp(bob);
    await bob.engine.stop();
    const cut = another();
    await cut.until(({ phase }) => phase === "absent");
    // All but the last of its transactions: people and history are there, the account is not.
    const store = await cut.openStore();
    await store.commit([{ store: "conversations", id: ["alice"], value: newConversation("alice", 1) }]);
    await store.close();
    const again = startPerson({ username: "bob", origin, disk: cut.disk });
    await again.until(({ phase, conversations }) => phase === "absent" && conversations.length === 0);
    expect(await again.engine.restoreBackup(file, PASSPHRASE)).toEqual({ kind: "restored" });
    const view = await again.untilConversation("alice", (seen) => texts(seen).includes("Two."));
    expect(texts(view)).toEqual(["One.", "Two."]);
  }, 60_000);
});

describe("a backup's content", () => {
  it("holds no session and no prekey", async () => {
    const { bob } = await aliceAndBob();
    const outcome = await bob.engine.makeBackup(PASSPHRASE);
    if (outcome.kind !== "made") throw new Error("no backup was made");
    const { content } = await openBackup(outcome.file, PASSPHRASE);
    const plain = new TextDecoder().decode(content);
    expect(plain).toContain("One.");
    await bob.engine.stop();
    const store = await bob.openStore();
    const secrets: string[] = [];
    for (const name of [
      "signedPrekeys",
      "oneTimePrekeys",
      "oneTimeKemPrekeys",
      "lastResortKemPrekeys",
      "peers",
    ] as const) {
      for (const { value } of await store.list(name)) collectSecrets(value, secrets);
    }
    expect(secrets.length).toBeGreaterThan(200);
    for (const secret of secrets) expect(plain).not.toContain(secret);
  }, 60_000);

  it("is refused where it is not what it should be, and nothing is stored", async () => {
    const { bob, another } = await aliceAndBob();
    const file = await backUp(bob);
    const { content } = await openBackup(file, PASSPHRASE);
    const plain = new TextDecoder().decode(content);
    const back = another();
    const attempt = async (altered: string, username = "bob") => {
      const options = { username, content: utf8(altered), passphrase: PASSPHRASE, cost: CHEAP, randomBytes };
      return await back.engine.restoreBackup(await sealBackup(options), PASSPHRASE);
    };
    const damaged = { kind: "refused-file", code: "damaged" };
    const lines = plain.split("\n");
    expect(await attempt("")).toEqual(damaged);
    expect(await attempt(lines.slice(0, -1).join("\n"))).toEqual(damaged);
    expect(await attempt(lines.slice(1).join("\n"))).toEqual(damaged);
    expect(await attempt(plain, "mallory")).toEqual(damaged);
    expect(await attempt(plain.replace('"peer":"alice"', '"peer":"../x"'))).toEqual(damaged);
    expect(
      await attempt(plain.replace(/"identitySecretKey":"[^"]+"/, `"identitySecretKey":"${"A".repeat(43)}"`)),
    ).toEqual(damaged);
    expect(await attempt(plain.replace(/"identityKey":"[^"]+"/, `"identityKey":"${"A".repeat(43)}"`))).toEqual(damaged);
    expect(await back.engine.restoreBackup(file, "another passphrase")).toEqual({
      kind: "refused-file",
      code: "wrong-passphrase",
    });
    expect(back.disk.names()).toEqual([]);
    // A kind of a later version is left out.
    expect(await attempt([...lines.slice(0, -1), '{"kind":"picture"}', ...lines.slice(-1)].join("\n"))).toEqual({
      kind: "restored",
    });
    expect(await back.engine.restoreBackup(file, PASSPHRASE)).toEqual({ kind: "already-here" });
  }, 60_000);

  it("tells how far it is, and makes no file when it is given up", async () => {
    const { bob } = await aliceAndBob();
    const shares: number[] = [];
    const unwatch = await bob.engine.watchAccount(({ working }) => {
      if (working !== null) shares.push(working);
    });
    const making = bob.engine.makeBackup(PASSPHRASE);
    await bob.until(({ working }) => working !== null && working > 0.6);
    await bob.engine.cancelWork();
    expect(await making).toEqual({ kind: "cancelled" });
    await bob.until(({ working }) => working === null);
    expect(shares.length).toBeGreaterThan(2);
    expect(shares).toEqual([...shares].sort((one, other) => one - other));
    expect(await bob.engine.keyHealth()).toMatchObject({ backedUpAt: null });
    expect((await bob.engine.makeBackup(PASSPHRASE)).kind).toBe("made");
    unwatch();
  });

  it("leaves nothing behind of a restoring that is given up, while the file is opened or stored", async () => {
    const { bob, another } = await aliceAndBob();
    const made = await bob.engine.makeBackup(PASSPHRASE);
    if (made.kind !== "made") throw new Error("there is no file");
    const back = another();
    await back.until(({ phase }) => phase === "absent");
    const restoring = back.engine.restoreBackup(made.file, PASSPHRASE);
    await back.until(({ working }) => working !== null && working > 0);
    await back.engine.cancelWork();
    expect(await restoring).toEqual({ kind: "cancelled" });
    expect(back.disk.names()).toEqual([]);

    const ports = { openStore: () => back.openStore(), randomBytes, clock: systemClock };
    const seen: (readonly string[])[] = [];
    const giveUp = (share: number) => {
      if (share < 1) return;
      seen.push(back.disk.names());
      throw new CancelledError("given up");
    };
    await expect(storeBackup("bob", { file: made.file, passphrase: PASSPHRASE }, ports, giveUp)).rejects.toBeInstanceOf(
      CancelledError,
    );
    expect(seen).toEqual([["bob"]]);
    expect(back.disk.names()).toEqual([]);
    expect(await back.engine.restoreBackup(made.file, PASSPHRASE)).toEqual({ kind: "restored" });
  }, 60_000);

  it("can be restored where the account was removed or cleared, without a reload", async () => {
    const { alice, bob } = await aliceAndBob();
    const file = await backUp(bob);
    await bob.engine.watchSearch("two", () => undefined);
    await bob.engine.removeAccount();
    await bob.until(({ phase }) => phase === "removed");
    expect(await bob.engine.restoreBackup(file, PASSPHRASE)).toEqual({ kind: "restored" });
    await bob.untilConversation("alice", (view) => texts(view).length === 2);
    await new Promise<void>((resolve) => {
      void bob.engine.watchSearch("two", ({ found, isComplete }) => isComplete && found === 1 && resolve());
    });

    await bob.engine.changeLock({ kind: "set", passphrase: "of a lock before", earlier: null });
    await bob.until(({ lock }) => lock !== null);
    await bob.disk.open("bob").destroy();
    await bob.engine.send("alice", "Into nothing.").catch(() => undefined);
    await bob.until(({ problem }) => problem === "storage-cleared");
    expect(await bob.engine.restoreBackup(file, PASSPHRASE)).toEqual({ kind: "restored" });
    expect((await bob.until(({ phase }) => phase === "ready")).lock).toBeNull();
    await bob.engine.send("alice", "Here again.");
    await alice.untilConversation("bob", (view) => texts(view).includes("Here again."));
  }, 60_000);

  it("is not made or restored when that was given up before it began", async () => {
    const { bob, another } = await aliceAndBob();
    const file = await backUp(bob);
    const making = bob.engine.makeBackup(PASSPHRASE);
    await bob.engine.cancelWork();
    expect(await making).toEqual({ kind: "cancelled" });
    await bob.engine.stop();
    const back = another();
    const restoring = back.engine.restoreBackup(file, PASSPHRASE);
    await back.engine.cancelWork();
    expect(await restoring).toEqual({ kind: "cancelled" });
    await back.until(({ phase }) => phase === "absent");
    expect(back.disk.names()).toEqual([]);
  });

  it("is restored after one whose manifest came right before", async () => {
    const { bob, another } = await aliceAndBob();
    const earlier = await backUp(bob);
    // New prekeys, in the manifest after.
    expect(await bob.engine.refreshPrekeys()).toEqual({ kind: "refreshed" });
    const later = await backUp(bob);
    await bob.engine.stop();
    const first = another();
    expect(await first.engine.restoreBackup(earlier, PASSPHRASE)).toEqual({ kind: "restored" });
    await first.engine.stop();
    expect(await another().engine.restoreBackup(later, PASSPHRASE)).toEqual({ kind: "restored" });
  }, 60_000);

  it("takes no passphrase that is too short", async () => {
    const { bob } = await aliceAndBob();
    expect(await bob.engine.makeBackup("1234567")).toEqual({ kind: "too-short" });
  });
});

/** Every secret in a record, as a backup would spell it. */
function collectSecrets(value: unknown, into: string[], name = ""): void {
  if (value instanceof Uint8Array) {
    if (/secretKey|seed|rootKey|chainKey|messageKey/i.test(name)) {
      into.push(Buffer.from(value).toString("base64url"));
    }
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [part, inner] of Object.entries(value)) collectSecrets(inner, into, part);
}
