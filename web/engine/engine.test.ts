import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { randomBytes, startPerson, statuses, texts } from "./testing/person.ts";
import { twoWhoTalked } from "./testing/stored.ts";
import { expectTexts } from "./testing/watched-person.ts";

async function twoPeople() {
  const relay = await startTestRelay();
  const alice = startPerson({ username: "alice", origin: relay.origin });
  const bob = startPerson({ username: "bob", origin: relay.origin });
  await Promise.all([alice.register(), bob.register()]);
  return { relay, alice, bob };
}

describe("two people", () => {
  it("talk in both directions, and see each message delivered and read", async () => {
    const { alice, bob } = await twoPeople();
    expect(await alice.engine.startConversation("bob")).toEqual({ kind: "started" });
    expect(await alice.engine.send("bob", "Good evening, Bob")).toEqual({ kind: "queued" });
    await bob.untilConversation("alice", (view) => texts(view).includes("Good evening, Bob"));
    await alice.untilConversation("bob", (view) => statuses(view)[0] === "delivered");
    expect((await bob.until(({ conversations }) => conversations.length === 1)).conversations[0]).toMatchObject({
      peer: "alice",
      lastText: "Good evening, Bob",
      unread: 1,
    });
    await bob.engine.markRead("alice");
    expect(await bob.engine.send("alice", "Good evening, Alice")).toEqual({ kind: "queued" });
    await alice.untilConversation("bob", (view) => statuses(view)[0] === "read");
    await alice.untilConversation("bob", (view) => texts(view)[1] === "Good evening, Alice");
    await bob.untilConversation("alice", (view) => statuses(view)[0] === "delivered");
  });

  it("who start at the same moment both read what the other wrote, and go on in one session", async () => {
    const { alice, bob } = await twoPeople();
    await Promise.all([alice.engine.startConversation("bob"), bob.engine.startConversation("alice")]);
    await Promise.all([alice.engine.send("bob", "from Alice"), bob.engine.send("alice", "from Bob")]);
    await alice.untilConversation("bob", (view) => texts(view).includes("from Bob"));
    await bob.untilConversation("alice", (view) => texts(view).includes("from Alice"));
    for (const number of [1, 2, 3]) {
      await alice.engine.send("bob", `more from Alice ${number}`);
      await bob.engine.send("alice", `more from Bob ${number}`);
    }
    await alice.untilConversation("bob", (view) => texts(view).length === 8);
    await bob.untilConversation(
      "alice",
      (view) => texts(view).length === 8 && statuses(view).every((status) => status === "delivered"),
    );
    await alice.engine.stop();
    await bob.engine.stop();
    const ofAlice = await (await alice.openStore()).read("peers", ["bob"]);
    const ofBob = await (await bob.openStore()).read("peers", ["alice"]);
    expect(ofAlice?.sessions.length).toBe(2);
    expect(ofAlice?.sessions[0]?.session.transcriptHash).toEqual(ofBob?.sessions[0]?.session.transcriptHash);
  });
});

describe("an absent recipient", () => {
  it("finds ten messages once and in order on coming back, and the sender sees them delivered", async () => {
    const { relay, alice, bob } = await twoPeople();
    await alice.engine.startConversation("bob");
    await bob.engine.stop();
    const written = Array.from({ length: 10 }, (_, number) => `message ${number}`);
    for (const text of written) await alice.engine.send("bob", text);
    await alice.untilConversation("bob", (view) => statuses(view).every((status) => status === "sent"));
    const back = startPerson({ username: "bob", origin: relay.origin, disk: bob.disk });
    const view = await back.untilConversation("alice", ({ messages }) => messages.length >= 10);
    expect(texts(view)).toEqual(written);
    await alice.untilConversation("bob", (seen) => statuses(seen).every((status) => status === "delivered"));
  });

  it("shows a message once when the acknowledgement never arrived", async () => {
    const { relay, alice, bob } = await twoPeople();
    await bob.engine.stop();
    const deaf = startPerson({
      username: "bob",
      origin: relay.origin,
      disk: bob.disk,
      wrapNetwork: (network) => ({
        ...network,
        request: (request) =>
          request.target.startsWith("/api/acknowledge") ? new Promise(() => undefined) : network.request(request),
      }),
    });
    await alice.engine.startConversation("bob");
    await alice.engine.send("bob", "once");
    await deaf.untilConversation("alice", (view) => texts(view).includes("once"));
    await deaf.engine.stop();
    const back = startPerson({ username: "bob", origin: relay.origin, disk: bob.disk });
    await back.until(({ connection }) => connection === "online");
    await alice.engine.send("bob", "twice");
    const view = await back.untilConversation("alice", (seen) => texts(seen).includes("twice"));
    expect(texts(view)).toEqual(["once", "twice"]);
  });
});

describe("mail that is pushed while the mailbox is being fetched", () => {
  it("stands behind what was waiting, also when that fetch fails", async () => {
    const { relay, alice, bob } = await twoPeople();
    await alice.engine.startConversation("bob");
    await bob.engine.stop();
    await alice.engine.send("bob", "one");
    await alice.untilConversation("bob", (view) => statuses(view)[0] === "sent");
    let onPush: () => void = () => undefined;
    let onFetch: () => void = () => undefined;
    const pushed = new Promise<void>((resolve) => {
      onPush = resolve;
    });
    const fetching = new Promise<void>((resolve) => {
      onFetch = resolve;
    });
    let fetches = 0;
    const back = startPerson({
      username: "bob",
      origin: relay.origin,
      disk: bob.disk,
      wrapNetwork: (network) => ({
        ...network,
        async request(request) {
          if (!request.target.startsWith("/api/receive") || ++fetches > 1) return await network.request(request);
          onFetch();
          await pushed;
          return { status: 503, json: undefined };
        },
        connectLive: (handlers) =>
          network.connectLive({
            ...handlers,
            onMail(envelope) {
              handlers.onMail(envelope);
              onPush();
            },
          }),
      }),
    });
    await fetching;
    await alice.engine.send("bob", "two");
    const view = await back.untilConversation("alice", ({ messages }) => messages.length >= 2);
    expect(texts(view)).toEqual(["one", "two"]);
  });
});

describe("the outbox", () => {
  it("sends the same bytes again when an answer is lost, and the message arrives once", async () => {
    const relay = await startTestRelay();
    const bodies: (string | null)[] = [];
    const alice = startPerson({
      username: "alice",
      origin: relay.origin,
      wrapNetwork: (network) => ({
        ...network,
        async request(request) {
          const response = await network.request(request);
          if (request.target !== "/api/send") return response;
          bodies.push(request.body);
          return bodies.length === 1 ? { status: 502, json: undefined } : response;
        },
      }),
    });
    const bob = startPerson({ username: "bob", origin: relay.origin });
    await Promise.all([alice.register(), bob.register()]);
    await alice.engine.startConversation("bob");
    await alice.engine.send("bob", "only once");
    await alice.untilConversation("bob", (view) => statuses(view)[0] === "delivered");
    await alice.engine.reconnect();
    await alice.engine.send("bob", "the end");
    const view = await bob.untilConversation("alice", (seen) => texts(seen).includes("the end"));
    expect(texts(view)).toEqual(["only once", "the end"]);
    expect(bodies[1]).toBe(bodies[0]);
  });

  it("keeps what is written while the relay is away, across a restart of both", async () => {
    const relay = await startTestRelay();
    const alice = startPerson({ username: "alice", origin: relay.origin });
    const bob = startPerson({ username: "bob", origin: relay.origin });
    await Promise.all([alice.register(), bob.register()]);
    await alice.engine.startConversation("bob");
    await relay.stop();
    await alice.until(({ connection }) => connection === "offline");
    expect(await alice.engine.send("bob", "written offline")).toEqual({ kind: "queued" });
    expect(statuses(await alice.untilConversation("bob", ({ messages }) => messages.length === 1))).toEqual([
      "waiting",
    ]);
    await alice.engine.stop();
    await bob.engine.stop();
    const again = await startTestRelay({ folder: relay.folder });
    const aliceAgain = startPerson({ username: "alice", origin: again.origin, disk: alice.disk });
    startPerson({ username: "bob", origin: again.origin, disk: bob.disk });
    await aliceAgain.untilConversation("bob", (view) => statuses(view)[0] === "delivered");
  });
});

describe("a relay that lost its database", () => {
  it("gets the keys again from the devices by themselves, and the conversation goes on", async () => {
    const { relay, alice, bob } = await twoPeople();
    await alice.engine.startConversation("bob");
    await alice.engine.send("bob", "before");
    await alice.untilConversation("bob", (view) => statuses(view)[0] === "delivered");
    await alice.engine.stop();
    await bob.engine.stop();
    await relay.stop();
    const empty = await startTestRelay();
    const aliceAgain = startPerson({ username: "alice", origin: empty.origin, disk: alice.disk });
    const bobAgain = startPerson({ username: "bob", origin: empty.origin, disk: bob.disk });
    await aliceAgain.until(({ connection }) => connection === "online");
    await bobAgain.until(({ connection }) => connection === "online");
    await aliceAgain.engine.send("bob", "after");
    await bobAgain.untilConversation("alice", (view) => texts(view).includes("after"));
  });
});

describe("registering", () => {
  it("refuses a name that is someone else's and keeps nothing of the attempt", async () => {
    const relay = await startTestRelay();
    const alice = startPerson({ username: "alice", origin: relay.origin });
    await alice.register();
    const mallory = startPerson({ username: "alice", origin: relay.origin });
    expect(await mallory.engine.register()).toEqual({ kind: "name-taken" });
    expect(mallory.disk.names()).toEqual([]);
    await mallory.until(({ phase }) => phase === "absent");
  });

  it("refuses ill-formed names without asking the relay", async () => {
    for (const username of ["al", "Alice", "-alice", "alice!", "a".repeat(33), "__proto__x-"]) {
      const person = startPerson({ username, origin: "http://127.0.0.1:1" });
      expect(await person.engine.register()).toEqual({ kind: "username-invalid" });
    }
  });

  it("continues with the same keys when the relay could not be reached at first", async () => {
    const relay = await startTestRelay();
    let reachable = false;
    const published: (string | null)[] = [];
    const alice = startPerson({
      username: "alice",
      origin: relay.origin,
      wrapNetwork: (network) => ({
        ...network,
        async request(request) {
          if (request.target === "/api/publish_keys") published.push(request.body);
          return reachable ? await network.request(request) : { status: 503, json: undefined };
        },
      }),
    });
    expect(await alice.engine.register()).toEqual({ kind: "offline" });
    await alice.until(({ phase }) => phase === "unregistered");
    reachable = true;
    await alice.register();
    expect(JSON.parse(published[1] ?? "")).toEqual(JSON.parse(published[0] ?? "{}"));
  });

  it("leaves nothing behind for a name that was only looked at", async () => {
    const person = startPerson({ username: "carol", origin: "http://127.0.0.1:1" });
    await person.until(({ phase }) => phase === "absent");
    expect(person.disk.names()).toEqual([]);
  });
});

describe("starting a conversation", () => {
  it("refuses ill-formed and unknown names and oneself", async () => {
    const { alice } = await twoPeople();
    expect(await alice.engine.startConversation("Bob!")).toEqual({ kind: "username-invalid" });
    expect(await alice.engine.startConversation("carol")).toEqual({ kind: "unknown-user" });
    expect(await alice.engine.startConversation("alice")).toEqual({ kind: "oneself" });
    expect(alice.account().conversations).toEqual([]);
  });

  it("says when the relay cannot be reached", async () => {
    const { relay, alice } = await twoPeople();
    await relay.stop();
    expect(await alice.engine.startConversation("bob")).toEqual({ kind: "offline" });
  });
});

describe("writing", () => {
  it("refuses empty and overlong texts", async () => {
    const { alice, bob } = await twoPeople();
    await alice.engine.startConversation("bob");
    expect(await alice.engine.send("bob", " \n ")).toEqual({ kind: "empty" });
    expect(await alice.engine.send("bob", "x".repeat(16_001))).toEqual({ kind: "too-long" });
    // Each of these takes six characters of JSON, twice, so that the content outgrows the largest bucket.
    expect(await alice.engine.send("bob", "\u0001".repeat(8_000))).toEqual({ kind: "too-long" });
    expect(await alice.engine.send("bob", "ü".repeat(8_000))).toEqual({ kind: "queued" });
    await bob.untilConversation("alice", (view) => texts(view)[0] === "ü".repeat(8_000));
  });

  it("stores what is asked for again under its id once, also after a restart", async () => {
    const { alice, bob } = await twoWhoTalked();
    const id = randomBytes(16);
    for (let times = 0; times < 2; times += 1) {
      expect(await alice.engine.send("bob", "Once.", { id })).toEqual({ kind: "queued" });
    }
    const back = await alice.restart();
    expect(await back.engine.send("bob", "Once.", { id })).toEqual({ kind: "queued" });
    expect(await back.engine.send("bob", "Last.")).toEqual({ kind: "queued" });
    await expectTexts(bob, alice, ["first", "second", "Once.", "Last."]);
    await expectTexts(back, bob, ["first", "second", "Once.", "Last."]);
  });
});

describe("an account that is not in use", () => {
  it("answers every action so, and takes nothing for verified or decided", async () => {
    const { engine } = startPerson({ username: "alice", origin: (await startTestRelay()).origin });
    const notReady = { kind: "not-ready" };
    expect(await engine.startConversation("bob")).toEqual(notReady);
    expect(await engine.send("bob", "hello")).toEqual(notReady);
    expect(await engine.setVerified("bob", "0".repeat(60), true)).toEqual(notReady);
    expect(await engine.compareCode("bob", "a code")).toEqual(notReady);
    expect(await engine.decideIdentity("bob", "a change", "accept")).toEqual(notReady);
    expect(await engine.renewIdentity()).toEqual(notReady);
  });
});

describe("removing an account", () => {
  it("deletes everything from the device", async () => {
    const { alice } = await twoPeople();
    await alice.engine.startConversation("bob");
    await alice.engine.removeAccount();
    await alice.until(({ phase }) => phase === "removed");
    expect(alice.disk.names()).toEqual([]);
  });
});
