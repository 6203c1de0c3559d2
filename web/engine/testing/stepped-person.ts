/**
 * Someone whose device does one thing at a time, when a test says so: the use cases of an account over storage in memory
 * and a real relay, without the synchronizer, with a clock that stands still until a test moves it.
 */
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { startTestRelay, type TestRelay } from "../../../relay/testing/test-relay.ts";
import type { ReceivedEnvelope } from "../../../relay/wire/mail.ts";
import { createRelayNetwork } from "../../network/relay-network.ts";
import { createMemoryDisk } from "../../storage/memory.ts";
import { openSealedStore } from "../../storage/sealed-store.ts";
import { makeAccount } from "../account-making.ts";
import { AccountState } from "../account-state.ts";
import type { ConversationView } from "../api.ts";
import { beginSessionWith } from "../begin-session.ts";
import { sendText, startConversation } from "../conversations.ts";
import { receiveEnvelopes } from "../inbox.ts";
import { runOutbox } from "../outbox.ts";
import type { Clock } from "../ports.ts";
import { maintainPrekeys } from "../prekey-upkeep.ts";
import { queueOwedReceipts } from "../receipts.ts";
import { runRecovery } from "../recovery.ts";
import { RelayClient } from "../relay-client.ts";
import { conversationView } from "../views.ts";
import { HostileNetwork } from "./hostile-network.ts";
import { randomBytes } from "./person.ts";

/** The time of a test, which all in it share. */
export interface TestTime extends Clock {
  advance(milliseconds: number): void;
}

/** A clock that begins now and takes the relay's along; what waits on it waits for ever. */
export function testTime(relay: TestRelay): TestTime {
  let now = Date.now();
  return {
    now: () => now,
    after: () => () => undefined,
    advance(milliseconds) {
      now += milliseconds;
      relay.advance(milliseconds);
    },
  };
}

export class SteppedPerson {
  readonly username: string;
  readonly state: AccountState;
  readonly network: HostileNetwork;

  private constructor(username: string, state: AccountState, network: HostileNetwork) {
    this.username = username;
    this.state = state;
    this.network = network;
  }

  /** Makes an account and publishes its keys. */
  static async join(relay: TestRelay, time: TestTime, username: string): Promise<SteppedPerson> {
    const network = new HostileNetwork();
    const { origin } = relay;
    const honest = createRelayNetwork({ origin, fetch, WebSocket, clock: time, random: Math.random });
    const records = createMemoryDisk().open(username);
    const store = await openSealedStore({ account: username, records, randomBytes, now: time.now });
    onTestFinished(() => store.close());
    const { account, changes } = await makeAccount(username, randomBytes, time.now());
    await store.commit(changes);
    const openStore = () => Promise.resolve(store);
    const ports = {
      openStore,
      deleteStore: () => records.destroy(),
      network: network.wrap(honest),
      clock: time,
      randomBytes,
    };
    const keyId = { username, device: account.device };
    const client = new RelayClient(ports, () => ({ keyId, secretKey: state.account.deviceKeys.secretKey }));
    const state: AccountState = new AccountState({
      store,
      ports,
      relay: client,
      account,
      beginSession: beginSessionWith,
      onCommit: () => undefined,
    });
    await state.load();
    const person = new SteppedPerson(username, state, network);
    const answer = await maintainPrekeys(state);
    if (answer.kind !== "ok") throw new Error(`publishing ended as ${answer.kind}`);
    return person;
  }

  /** Fetches the mailbox, opens what is in it and acknowledges; returns what was there. */
  async takeIn(): Promise<readonly ReceivedEnvelope[]> {
    const page = await this.state.relay.receive(null);
    if (page.kind !== "ok") throw new Error(`receiving ended as ${page.kind}`);
    const { envelopes } = page.value;
    await receiveEnvelopes(this.state, envelopes);
    if (envelopes.length > 0) {
      await this.state.relay.acknowledge(envelopes.map(({ from, fromDevice, id }) => ({ from, fromDevice, id })));
    }
    return envelopes;
  }

  /** Sends what waits, and the receipts that are owed. */
  async post() {
    await queueOwedReceipts(this.state);
    return await runOutbox(this.state);
  }

  /** Takes in what came, asks for what did not open, answers, and sends. */
  async turn(): Promise<void> {
    await this.takeIn();
    await runRecovery(this.state);
    await this.post();
  }

  async view(peer: string): Promise<ConversationView> {
    return await conversationView(this.state, peer, { from: null, count: 1_000 });
  }

  /** How often someone's keys were asked for, with or without success. */
  countFetches(peer: string): number {
    return this.network.requests.filter(({ target }) => target === `/api/get_keys/${peer}`).length;
  }

  /** Forgets all sessions with a peer. */
  async loseSessions(peer: string): Promise<void> {
    const known = await this.state.store.read("peers", [peer]);
    if (known === null) throw new Error(`nothing is known of ${peer}`);
    await this.state.commit([{ store: "peers", id: [peer], value: { ...known, sessions: [] } }]);
  }

  /** Envelopes the engine has asked the relay to deliver to someone. */
  countSent(peer: string): number {
    return this.network.requests
      .filter(({ target }) => target === "/api/send")
      .map(({ body }) => JSON.parse(body ?? "{}"))
      .filter(({ to }) => to === peer)
      .reduce((sum, { envelopes }) => sum + envelopes.length, 0);
  }
}

/** Alice and Bob, who have both written and have nothing under way. */
export async function steppedPair(): Promise<{
  readonly relay: TestRelay;
  readonly time: TestTime;
  readonly alice: SteppedPerson;
  readonly bob: SteppedPerson;
}> {
  const relay = await startTestRelay();
  const time = testTime(relay);
  const alice = await SteppedPerson.join(relay, time, "alice");
  const bob = await SteppedPerson.join(relay, time, "bob");
  await startConversation(alice.state, "bob");
  await sendText(alice.state, "bob", "first");
  await alice.post();
  await bob.turn();
  await sendText(bob.state, "alice", "second");
  for (const person of [bob, alice, bob]) await person.turn();
  return { relay, time, alice, bob };
}
