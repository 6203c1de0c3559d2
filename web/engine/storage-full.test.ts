/** Storage in which nothing more fits, or which is deleted while it is open: what is said, and that nothing is lost. */
import { expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import type { KeyValueStore, Write } from "../storage/key-value-store.ts";
import { createMemoryDisk, type MemoryDisk } from "../storage/memory.ts";
import { StorageError } from "./ports.ts";
import { HostileNetwork } from "./testing/hostile-network.ts";
import { startPerson, texts } from "./testing/person.ts";

interface TightDisk extends MemoryDisk {
  /** While it is, nothing that puts something is written. */
  full: boolean;
}

function tightDisk(): TightDisk {
  const disk = createMemoryDisk();
  const tight: TightDisk = { full: false, open: (name) => watch(disk.open(name)), names: () => disk.names() };
  const isPut = ({ kind }: Write) => kind === "put";
  function watch(store: KeyValueStore): KeyValueStore {
    return {
      get: (key) => store.get(key),
      list: (range) => store.list(range),
      transact: (keys, decide) =>
        store.transact(keys, (values) => {
          const writes = decide(values);
          if (tight.full && writes?.some(isPut) === true) throw new StorageError("full", "no room");
          return writes;
        }),
      destroy: () => store.destroy(),
      close: () => store.close(),
    };
  }
  return tight;
}

async function aliceAndBob() {
  const relay = await startTestRelay();
  const disk = tightDisk();
  const network = new HostileNetwork();
  const alice = startPerson({ username: "alice", origin: relay.origin });
  const bob = startPerson({ username: "bob", origin: relay.origin, disk, wrapNetwork: network.wrap });
  await alice.register();
  await bob.register();
  await alice.engine.startConversation("bob");
  await alice.engine.send("bob", "before");
  await bob.untilConversation("alice", (view) => texts(view).includes("before"));
  return { relay, alice, bob, disk, network };
}

const acknowledgements = ({ requests }: HostileNetwork) =>
  requests.filter(({ target }) => target.startsWith("/api/acknowledge/")).length;

it("leaves mail on the relay while nothing more fits, says so, and takes it in by itself when there is room", async () => {
  const { alice, bob, disk, network } = await aliceAndBob();
  await expect.poll(() => acknowledgements(network)).toBeGreaterThan(0);
  const before = acknowledgements(network);
  disk.full = true;
  await alice.engine.send("bob", "while full");
  await bob.until(({ problem }) => problem === "storage-full");
  expect(bob.account()).toMatchObject({ phase: "ready", connection: "online" });
  expect(texts(await bob.untilConversation("alice", () => true))).toEqual(["before"]);
  expect(acknowledgements(network)).toBe(before);
  disk.full = false;
  const view = await bob.untilConversation("alice", (seen) => texts(seen).includes("while full"));
  expect(texts(view)).toEqual(["before", "while full"]);
  await bob.until(({ problem }) => problem === null);
});

it("does not take a message that cannot be stored, and takes it when there is room", async () => {
  const { alice, bob, disk } = await aliceAndBob();
  disk.full = true;
  expect(await bob.engine.send("alice", "answer")).toEqual({ kind: "storage-unavailable" });
  disk.full = false;
  expect(await bob.engine.send("alice", "answer")).toEqual({ kind: "queued" });
  const view = await alice.untilConversation("bob", (seen) => texts(seen).includes("answer"));
  expect(texts(view)).toEqual(["before", "answer"]);
});

it("says that what was kept is gone when it is deleted while it is open, and brings nothing back", async () => {
  const { alice, bob, disk } = await aliceAndBob();
  await disk.open("bob").transact([], () => [{ kind: "clear" }]);
  await alice.engine.send("bob", "too late");
  await bob.until(({ phase, problem }) => phase === "failed" && problem === "storage-cleared");
  expect(await disk.open("bob").list({ from: "", below: "\uffff" })).toEqual([]);
});
