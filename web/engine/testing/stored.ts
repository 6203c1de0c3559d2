/** Reaching into people's profiles between two runs of their engines: losing, putting back and reading records. */
import { startTestRelay, type TestRelay } from "../../../relay/testing/test-relay.ts";
import type { AccountStore, Change } from "../ports.ts";
import type { Records, StoreName } from "../records.ts";
import { statuses, texts } from "./person.ts";
import { joinWatched, type WatchedPerson } from "./watched-person.ts";

export const HOUR_MS = 60 * 60 * 1000;
export const DAY_MS = 24 * HOUR_MS;

/** Alice and Bob, who have both written and have nothing under way. */
export async function twoWhoTalked(
  options: Parameters<typeof startTestRelay>[0] = {},
): Promise<{ readonly relay: TestRelay; readonly alice: WatchedPerson; readonly bob: WatchedPerson }> {
  const relay = await startTestRelay(options);
  const [alice, bob] = await Promise.all([joinWatched(relay, "alice"), joinWatched(relay, "bob")]);
  await alice.engine.startConversation("bob");
  await alice.engine.send("bob", "first");
  await bob.untilConversation("alice", (view) => texts(view).includes("first"));
  await bob.engine.send("alice", "second");
  await alice.untilConversation("bob", (view) => texts(view).includes("second") && statuses(view)[0] === "delivered");
  await bob.untilConversation("alice", (view) => statuses(view)[0] === "delivered");
  return { relay, alice, bob };
}

/** Ends someone's engine and reads their records. */
export async function readStopped<Result>(
  person: WatchedPerson,
  read: (store: AccountStore) => Promise<Result>,
): Promise<Result> {
  await person.engine.stop();
  const store = await person.openStore();
  const result = await read(store);
  await store.close();
  return result;
}

/** Ends someone's engine and changes their records. */
export async function alterStopped(
  person: WatchedPerson,
  alter: (store: AccountStore) => Promise<readonly Change[]>,
): Promise<void> {
  await readStopped(person, async (store) => store.commit(await alter(store)));
}

/** Ends someone's engine and makes something else of what it knows of a peer. */
export async function alterPeer(
  person: WatchedPerson,
  peer: string,
  alter: (known: Records["peers"]) => Records["peers"] | null,
): Promise<void> {
  await alterStopped(person, async (store) => {
    const known = await store.read("peers", [peer]);
    if (known === null) throw new Error(`nothing is known of ${peer}`);
    return [{ store: "peers", id: [peer], value: alter(known) }];
  });
}

/** Forgets all sessions with a peer. */
export async function loseSessions(person: WatchedPerson, peer: string): Promise<void> {
  await alterPeer(person, peer, (known) => ({ ...known, sessions: [] }));
}

/** Ends someone's engine and alters every record of a store so that none opens; resolves to how many there were. */
export async function damageStopped({ engine, disk, username }: WatchedPerson, store: StoreName): Promise<number> {
  await engine.stop();
  const records = disk.open(username);
  const entries = await records.list({ from: `${store}/`, below: `${store}0` });
  const puts = entries.map(([key, value]) => {
    const { ciphertext, ...others } = Object(value);
    return { kind: "put", key, value: { ...others, ciphertext: ciphertext.slice(1) } } as const;
  });
  await records.transact([], () => puts);
  return puts.length;
}

/** Keeps a copy of someone's profile; what is returned puts it back, for which the engine must have ended. */
export async function copyProfile({ disk, username }: WatchedPerson): Promise<() => Promise<void>> {
  const entries = await disk.open(username).list({ from: "", below: "\uffff" });
  return async () => {
    const puts = entries.map(([key, value]) => ({ kind: "put", key, value }) as const);
    await disk.open(username).transact([], () => [{ kind: "clear" }, ...puts]);
  };
}
