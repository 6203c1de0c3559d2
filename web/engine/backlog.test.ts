/** A backlog of more than a page: opened page by page, each in one transaction, in order, and never twice. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { flipBit } from "../protocol/testing/refusal.ts";
import type { KeyValueStore } from "../storage/key-value-store.ts";
import type { MemoryDisk } from "../storage/memory.ts";
import type { AccountView } from "./api.ts";
import { type RelayNetwork, StorageError } from "./ports.ts";
import { HostileNetwork } from "./testing/hostile-network.ts";
import { type Person, startPerson, statuses, texts } from "./testing/person.ts";
import { missing } from "./testing/watched-person.ts";

/** Smaller pages than a relay has, for time. */
const PAGE = 20;
const WAITING = 2 * PAGE + 10;
const BACKLOG = Array.from({ length: WAITING }, (_, index) => `Message ${index + 1}`);

interface Bob extends Person {
  readonly network: HostileNetwork;
}

/** Bob is away, and Alice has written him the backlog; `back` starts his engine on the same profile. */
async function writtenWhileAway() {
  const relay = await startTestRelay({ limits: { envelopesPerPage: PAGE } });
  const alice = startPerson({ username: "alice", origin: relay.origin });
  const away = startPerson({ username: "bob", origin: relay.origin });
  await alice.register();
  await away.register();
  await away.engine.stop();
  await alice.engine.startConversation("bob");
  for (const text of BACKLOG) await alice.engine.send("bob", text);
  await alice.untilConversation("bob", (view) => statuses(view).every((status) => status === "sent"));
  const back = (
    between: {
      readonly disk?: (disk: MemoryDisk) => MemoryDisk;
      readonly network?: (network: RelayNetwork) => RelayNetwork;
      readonly hostile?: Parameters<HostileNetwork["follow"]>[0];
    } = {},
  ): Bob => {
    const network = new HostileNetwork();
    if (between.hostile !== undefined) network.follow(between.hostile);
    const person = startPerson({
      username: "bob",
      origin: relay.origin,
      disk: between.disk?.(away.disk) ?? away.disk,
      wrapNetwork: (honest) => between.network?.(network.wrap(honest)) ?? network.wrap(honest),
    });
    return { ...person, network };
  };
  return { relay, alice, back };
}

/** A disk whose transactions pass `meet` first, with their number from 1. */
function watchedDisk(disk: MemoryDisk, meet: (transaction: number) => void): MemoryDisk {
  let transactions = 0;
  const watch = (store: KeyValueStore): KeyValueStore => ({
    get: (key) => store.get(key),
    list: (range) => store.list(range),
    transact: (keys, decide) => {
      transactions += 1;
      meet(transactions);
      return store.transact(keys, decide);
    },
    destroy: () => store.destroy(),
    close: () => store.close(),
  });
  return { open: (name) => watch(disk.open(name)), names: () => disk.names() };
}

const allShown = (person: Person) => person.untilConversation("alice", (view) => texts(view).length >= WAITING);

function acknowledged({ network }: Bob): number {
  return network.requests
    .filter(({ target }) => target === "/api/acknowledge/bob")
    .reduce((sum, { body }) => sum + JSON.parse(body ?? "{}").envelopes.length, 0);
}

describe("a backlog", () => {
  it("is opened in order, with a transaction for each page, and says how far it is", async () => {
    const { back } = await writtenWhileAway();
    let transactions = 0;
    const bob = back({
      disk: (disk) =>
        watchedDisk(disk, (number) => {
          transactions = number;
        }),
    });
    const seen: AccountView["catchingUp"][] = [];
    await bob.engine.watchAccount(({ catchingUp }) => {
      if (catchingUp !== null && catchingUp.opened !== seen.at(-1)?.opened) seen.push(catchingUp);
    });
    expect(texts(await allShown(bob))).toEqual(BACKLOG);
    await bob.until(({ catchingUp }) => catchingUp === null);
    expect(seen).toEqual([
      { opened: PAGE, total: WAITING },
      { opened: 2 * PAGE, total: WAITING },
    ]);
    // Taking over, three pages, and what upkeep and receipts write.
    expect(transactions).toBeLessThan(WAITING / 2);
  });

  it("loses nothing and shows nothing twice when the storage fails at one of its pages", async () => {
    const { back } = await writtenWhileAway();
    for (const failing of [2, 3, 4]) {
      const failed = back({
        disk: (disk) =>
          watchedDisk(disk, (number) => {
            if (number === failing) throw new StorageError("unavailable", "full");
          }),
      });
      await failed.until(({ phase }) => phase === "failed");
      const { length } = texts(await failed.untilConversation("alice", () => true));
      expect(acknowledged(failed)).toBeLessThanOrEqual(length);
      await failed.engine.stop();
    }
    const bob = back();
    expect(texts(await allShown(bob))).toEqual(BACKLOG);
  });

  it("shows each message once when no acknowledgement has reached the relay", async () => {
    const { back } = await writtenWhileAway();
    const first = back({
      network: (network) => ({
        ...network,
        request: async (request) =>
          request.target.startsWith("/api/acknowledge/") ? { status: 503, json: {} } : await network.request(request),
      }),
    });
    await first.untilConversation("alice", (view) => texts(view).length > 0);
    await first.engine.stop();
    const bob = back();
    expect(texts(await allShown(bob))).toEqual(BACKLOG);
    await expect.poll(() => acknowledged(bob), { timeout: 20_000 }).toBe(WAITING);
  });

  it("is not held up by one message within it that does not open", async () => {
    const { back } = await writtenWhileAway();
    let count = 0;
    const altered = new Set<string>();
    const bob = back({
      hostile: {
        mail: (envelope) => {
          if (envelope.from !== "alice") return [envelope];
          count += 1;
          if (count === 30) altered.add(envelope.id.join());
          return [
            altered.has(envelope.id.join())
              ? { ...envelope, body: flipBit(envelope.body, envelope.body.length - 1) }
              : envelope,
          ];
        },
      },
    });
    const view = await bob.untilConversation(
      "alice",
      (seen) => texts(seen).length >= WAITING - 1 && missing(seen).length <= 1,
    );
    expect(texts(view).filter((text) => text !== BACKLOG[29])).toEqual(BACKLOG.filter((_, index) => index !== 29));
  });

  it("lets out what is written meanwhile", async () => {
    const { alice, back } = await writtenWhileAway();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bob = back({
      network: (network) => ({
        ...network,
        request: async (request) => {
          if (request.target.startsWith("/api/receive/bob?after=")) await held;
          return await network.request(request);
        },
      }),
    });
    await bob.untilConversation("alice", (view) => texts(view).length === PAGE);
    await bob.engine.send("alice", "I am reading.");
    release();
    await allShown(bob);
    await alice.untilConversation("bob", (view) => texts(view).includes("I am reading."));
    const order = bob.network.requests.map(({ target }) => target);
    expect(order.indexOf("/api/send")).toBeLessThan(order.lastIndexOf("/api/acknowledge/bob"));
  });

  it("keeps its order when more comes while it is opened", async () => {
    const { alice, back } = await writtenWhileAway();
    let written: Promise<unknown> | null = null;
    const bob = back({
      network: (network) => ({
        ...network,
        request: async (request) => {
          if (request.target.startsWith("/api/receive/bob?after=")) {
            written ??= alice.engine.send("bob", "Newest");
            await written;
          }
          return await network.request(request);
        },
      }),
    });
    const view = await bob.untilConversation("alice", (seen) => texts(seen).length > WAITING);
    expect(texts(view)).toEqual([...BACKLOG, "Newest"]);
  });
});
