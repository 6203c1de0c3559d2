/** People who use the protocol against the other: what they cost is bounded, and the next honest message arrives. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { type Bytes, concat, uint64, utf8 } from "../protocol/bytes.ts";
import { decodeInitialHeader, encodeInitialHeader, type InitialHeader } from "../protocol/initial-header.ts";
import { generateX25519KeyPair } from "../protocol/keys.ts";
import { decodeMessage, encodeMessage, type Message } from "../protocol/message-format.ts";
import { MAX_SKIP_FIRST_MESSAGE } from "../protocol/session.ts";
import { MAX_SKIPPED_MESSAGE_KEYS } from "../protocol/skipped-message-keys.ts";
import { currentSuite } from "../protocol/suite.ts";
import { MAX_RESENDS_PER_REQUEST } from "./content.ts";
import { MAX_SKIP_OTHER_SESSION } from "./open-message.ts";
import { MAX_RECOVERY_SESSIONS_PER_DAY } from "./recovery-records.ts";
import { MAX_SESSIONS_PER_PEER } from "./sessions.ts";
import { PeerClient } from "./testing/peer-client.ts";
import { randomBytes, texts } from "./testing/person.ts";
import { joinWatched, missingCards, type WatchedPerson } from "./testing/watched-person.ts";

async function bobAndMallory() {
  const relay = await startTestRelay();
  const bob = await joinWatched(relay, "bob");
  const mallory = await PeerClient.join({ origin: relay.origin, username: "mallory", clock: relay.now });
  return { bob, mallory };
}

async function expectOpened(bob: WatchedPerson, mallory: PeerClient, text: string): Promise<void> {
  await mallory.write("bob", text);
  const view = await bob.untilConversation("mallory", (seen) => texts(seen).includes(text));
  expect(texts(view).filter((shown) => shown === text)).toHaveLength(1);
}

/** What Bob keeps of Mallory, read after his engine has ended. */
async function recordOfMallory(bob: WatchedPerson) {
  await bob.engine.stop();
  const store = await bob.openStore();
  const record = await store.read("peers", ["mallory"]);
  await store.close();
  if (record === null) throw new Error("Bob must know Mallory");
  return record;
}

/** A message with other parts, as bytes. */
function remade(body: Bytes, change: (message: Message) => Partial<Message>): Bytes {
  const message = decodeMessage(body, currentSuite.version);
  return encodeMessage({ ...message, ...change(message) });
}

function withHeader(body: Bytes, numbers: { readonly previousChainLength?: number; readonly messageNumber?: number }) {
  return remade(body, ({ header }) => ({
    header: currentSuite.encodeHeader({ ...currentSuite.decodeHeader(header), ...numbers }),
  }));
}

function withInitialHeader(body: Bytes, change: (header: InitialHeader) => Partial<InitialHeader>): Bytes {
  return remade(body, ({ initialHeader }) => {
    if (initialHeader === null) throw new Error("the message must carry an initial header");
    const header = decodeInitialHeader(currentSuite, initialHeader);
    return { initialHeader: encodeInitialHeader(currentSuite, { ...header, ...change(header) }) };
  });
}

describe("a message number beyond all reach", () => {
  it.each([2 ** 31, 2 ** 32 - 1])("%d is refused before any of the gap is computed", async (number) => {
    const { bob, mallory } = await bobAndMallory();
    await expectOpened(bob, mallory, "In reach.");
    await mallory.hearKind("receipt");
    const body = await mallory.seal("bob", utf8("in the same chain"));
    await mallory.deliver("bob", withHeader(body, { messageNumber: number }));
    const stepped = remade(body, () => ({
      header: currentSuite.encodeHeader({
        ratchetKey: generateX25519KeyPair(randomBytes).publicKey,
        previousChainLength: number,
        messageNumber: number,
      }),
    }));
    await mallory.deliver("bob", stepped);
    await mallory.begin("bob");
    await mallory.deliver("bob", withHeader(await mallory.seal("bob", utf8("first")), { messageNumber: number }));
    const view = await bob.untilConversation("mallory", (seen) => missingCards(seen)[0]?.count === 3);
    expect(missingCards(view)).toMatchObject([{ cause: "keys-gone" }]);
    await expectOpened(bob, mallory, "In reach again.");
  });
});

describe("the longest gaps", () => {
  it("open at the limit of a first message, and are refused above it", async () => {
    const { bob, mallory } = await bobAndMallory();
    await mallory.skip("bob", MAX_SKIP_FIRST_MESSAGE + 1);
    await mallory.deliver("bob", await mallory.seal("bob", utf8("too far")));
    await mallory.begin("bob");
    await mallory.skip("bob", MAX_SKIP_FIRST_MESSAGE);
    await expectOpened(bob, mallory, "At the limit.");
    const begun = (await recordOfMallory(bob)).sessions.flatMap(({ session }) => session.ratchet.receivingChain ?? []);
    expect(begun.map(({ nextMessageNumber }) => nextMessageNumber)).toEqual([MAX_SKIP_FIRST_MESSAGE + 1]);
  });

  it("may be longer in the session that sends, and not in an earlier one", async () => {
    const { bob, mallory } = await bobAndMallory();
    const earlier = await mallory.begin("bob");
    await expectOpened(bob, mallory, "In the earlier one.");
    // From Bob's first word on, messages do not say which session they are of.
    await mallory.hearKind("receipt");
    await mallory.begin("bob");
    await expectOpened(bob, mallory, "In the later one.");
    await mallory.skip("bob", MAX_SKIP_OTHER_SESSION + 1);
    await expectOpened(bob, mallory, "Far on in the later one.");
    await mallory.skip("bob", MAX_SKIP_OTHER_SESSION + 1, earlier);
    await mallory.deliver("bob", await mallory.seal("bob", utf8("far on in the earlier one"), earlier));
    const view = await bob.untilConversation("mallory", (seen) => missingCards(seen).length > 0);
    expect(missingCards(view)).toMatchObject([{ count: 1, cause: "keys-gone" }]);
  });

  it("in one chain after the other leave a bounded number of keys behind, and the latest of them open", async () => {
    const { bob, mallory } = await bobAndMallory();
    for (let chain = 0; chain < 4; chain++) {
      await expectOpened(bob, mallory, `Chain ${chain} begins.`);
      await mallory.skip("bob", MAX_SKIPPED_MESSAGE_KEYS - 1);
      const late = await mallory.seal("bob", utf8("late, and no content"));
      await expectOpened(bob, mallory, `Chain ${chain} after the gap.`);
      await mallory.deliver("bob", late);
      // Bob's receipts make the next message begin a chain.
      for (let receipt = 0; receipt < 2; receipt++) await mallory.hearKind("receipt");
    }
    const view = await bob.untilConversation("mallory", (seen) => missingCards(seen).at(-1)?.count === 1);
    expect(missingCards(view).map(({ cause }) => cause)).toEqual(Array<string>(4).fill("unreadable"));
    const [record] = (await recordOfMallory(bob)).sessions;
    const kept = record?.session.ratchet.skippedMessageKeys ?? [];
    expect(kept.length).toBeLessThanOrEqual(MAX_SKIPPED_MESSAGE_KEYS);
    expect(kept.length).toBeGreaterThan(MAX_SKIPPED_MESSAGE_KEYS / 2);
  });
});

describe("a flood of first messages", () => {
  const OPENING = 20;
  const ALL = 320;
  const countOf = (cards: readonly { readonly count: number }[]) => cards.reduce((sum, { count }) => sum + count, 0);

  it("of which few open leaves few sessions, few requests and two cards behind", async () => {
    const { bob, mallory } = await bobAndMallory();
    const bundle = await mallory.fetchKeys("bob", { withOneTimePrekeys: false });
    for (let opening = 0; opening < OPENING; opening++) {
      await mallory.begin("bob", { bundle });
      await mallory.write("bob", `Opens ${opening}.`);
    }
    await bob.untilConversation("mallory", (seen) => texts(seen).length === OPENING);
    const first = await mallory.seal("bob", utf8("opens nowhere"));
    for (let sent = OPENING; sent < ALL; sent += 25) {
      const bodies = Array.from({ length: 25 }, () =>
        withInitialHeader(first, () => ({ signedPrekeyId: randomBytes(16) })),
      );
      await mallory.deliver("bob", ...bodies);
      await bob.untilConversation("mallory", (seen) => countOf(missingCards(seen)) === sent + 25 - OPENING);
    }
    await expectOpened(bob, mallory, "The next honest one.");
    const view = await bob.untilConversation("mallory", () => true);
    expect(texts(view)).toHaveLength(OPENING + 1);
    expect(missingCards(view)).toEqual([
      { count: MAX_RESENDS_PER_REQUEST, state: "asked", cause: "keys-gone" },
      { count: ALL - OPENING - MAX_RESENDS_PER_REQUEST, state: "lost", cause: "keys-gone" },
    ]);
    expect(bob.network.countFetches("mallory")).toBeLessThanOrEqual(MAX_RECOVERY_SESSIONS_PER_DAY);
    expect((await recordOfMallory(bob)).sessions.length).toBe(MAX_SESSIONS_PER_PEER);
  });
});

describe("a first message that names prekeys which are not Bob's", () => {
  it.each<[string, (header: InitialHeader) => Partial<InitialHeader>]>([
    ["signed prekey", () => ({ signedPrekeyId: randomBytes(16) })],
    ["one-time prekey", () => ({ oneTimePrekeyId: randomBytes(16) })],
    ["KEM prekey", ({ kem }) => ({ kem: kem && { ...kem, prekeyId: randomBytes(16) } })],
  ])("does not open by an unknown %s, is asked for, and leaves the prekeys as they were", async (_which, change) => {
    const { bob, mallory } = await bobAndMallory();
    await mallory.begin("bob");
    const honest = await mallory.seal("bob", utf8("not shown"));
    const forged = withInitialHeader(honest, change);
    await mallory.deliver("bob", forged);
    const request = await mallory.hearKind("resend-request");
    expect(request.content.envelopes).toEqual([await mallory.digestOf(forged)]);
    expect((await bob.until(() => true)).conversations).toEqual([]);
    // The message that the forgery was made from still opens: its prekeys were not used up.
    await mallory.deliver("bob", honest);
    const view = await bob.untilConversation("mallory", (seen) => missingCards(seen).length > 0);
    expect(missingCards(view)).toEqual([{ count: 1, state: "lost", cause: "unreadable" }]);
    await expectOpened(bob, mallory, "Afterwards.");
  });
});

describe("the highest generation", () => {
  it("2^53 - 1 ends no conversation: both go on, and Bob's fresh sessions stay few", async () => {
    const { bob, mallory } = await bobAndMallory();
    await mallory.begin("bob", { generation: Number.MAX_SAFE_INTEGER });
    await expectOpened(bob, mallory, "From the top.");
    for (let round = 0; round < MAX_RECOVERY_SESSIONS_PER_DAY + 2; round++) {
      await mallory.deliver("bob", Uint8Array.of(currentSuite.version, 2, round));
      await expectOpened(bob, mallory, `Round ${round}.`);
      await bob.engine.send("mallory", `Answer ${round}.`);
      const { content } = await mallory.hearKind("text");
      expect(content.text).toBe(`Answer ${round}.`);
    }
    expect(bob.network.countFetches("mallory")).toBeLessThanOrEqual(MAX_RECOVERY_SESSIONS_PER_DAY);
    await mallory.begin("bob", { generation: Number.MAX_SAFE_INTEGER });
    await expectOpened(bob, mallory, "Once more from the top.");
  });

  it("2^53 is none, and the message is refused", async () => {
    const { bob, mallory } = await bobAndMallory();
    await mallory.begin("bob");
    const body = await mallory.seal("bob", utf8("too high"));
    await mallory.deliver(
      "bob",
      remade(body, ({ initialHeader }) => ({
        initialHeader: initialHeader && concat(initialHeader.subarray(0, -8), uint64(2 ** 53)),
      })),
    );
    await mallory.hearKind("resend-request");
    await expectOpened(bob, mallory, "Within the limits.");
    expect((await recordOfMallory(bob)).sessions[0]?.session.generation).toBeLessThan(2 ** 53);
  });
});
