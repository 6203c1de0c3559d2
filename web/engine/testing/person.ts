/** People in tests: an engine over storage in memory and a real relay, with a browser profile that outlives it. */
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { createRelayNetwork } from "../../network/relay-network.ts";
import { createMemoryDisk, type MemoryDisk } from "../../storage/memory.ts";
import { openSealedStore } from "../../storage/sealed-store.ts";
import type { AccountView, ConversationView, EngineApi, LockSecret, MessageStatus } from "../api.ts";
import { createEngine } from "../engine.ts";
import type { Clock, EnginePorts, LockableStore, RelayNetwork } from "../ports.ts";

/** Nothing in these tests takes longer than this; it bounds waiting and decides nothing. */
const PATIENCE_MS = 20_000;

/** So that tests of locks do not wait for Argon2id. */
const CHEAP = { memory: 8, passes: 1 };

export const systemClock: Clock = {
  now: Date.now,
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

export interface PersonOptions {
  readonly username: string;
  readonly origin: string;
  /** The browser profile; by default an empty one. */
  readonly disk?: MemoryDisk;
  readonly clock?: Clock;
  /** Puts something between the engine and the relay. */
  readonly wrapNetwork?: (network: RelayNetwork) => RelayNetwork;
  readonly observeHandshake?: EnginePorts["observeHandshake"];
}

export interface Person {
  readonly engine: EngineApi & { stop(): Promise<void> };
  readonly disk: MemoryDisk;
  account(): AccountView;
  /** Resolves when the account's view is as wanted. */
  until(wanted: (view: AccountView) => boolean): Promise<AccountView>;
  /** Resolves when the conversation's newest thousand messages are as wanted. */
  untilConversation(peer: string, wanted: (view: ConversationView) => boolean): Promise<ConversationView>;
  /** Registers and waits for the connection. */
  register(): Promise<void>;
  /** Opens the person's own records beside the engine, which is fenced out by that: stop it first. */
  openStore(secret?: LockSecret | null): Promise<LockableStore>;
}

export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Starts someone's engine; it ends with the test. */
export function startPerson(options: PersonOptions): Person {
  const { username, origin } = options;
  const disk = options.disk ?? createMemoryDisk();
  const clock = options.clock ?? systemClock;
  const network = createRelayNetwork({ origin, fetch, WebSocket, clock, random: Math.random });
  const kept = { account: username, randomBytes, now: clock.now, passphraseCost: CHEAP };
  const openStore = (secret: LockSecret | null = null, mayTakeOver?: () => boolean) =>
    openSealedStore({ ...kept, records: disk.open(username) }, secret, mayTakeOver);
  const nothing = () => Promise.resolve();
  const engine = createEngine({
    username,
    ports: {
      openStore,
      deleteStore: () => disk.open(username).destroy(),
      network: options.wrapNetwork?.(network) ?? network,
      clock,
      randomBytes,
      ...(options.observeHandshake === undefined ? {} : { observeHandshake: options.observeHandshake }),
    },
    onRegistered: nothing,
    onRemoved: nothing,
    onLocked: () => undefined,
  });
  onTestFinished(() => engine.stop());
  let latest: AccountView = {
    username,
    phase: "starting",
    problem: null,
    connection: "offline",
    catchingUp: null,
    lock: null,
    working: null,
    settings: null,
    blocked: [],
    conversations: [],
  };
  const until = (wanted: (view: AccountView) => boolean) =>
    wait("account", wanted, (listener) =>
      engine.watchAccount((view) => {
        latest = view;
        listener(view);
      }),
    );
  return {
    engine,
    disk,
    account: () => latest,
    until,
    untilConversation: (peer, wanted) =>
      wait("conversation", wanted, (listener) =>
        engine.watchConversation(peer, { from: null, count: 1_000 }, listener),
      ),
    async register() {
      const outcome = await engine.register();
      if (outcome.kind !== "registered") throw new Error(`registering ended as ${outcome.kind}`);
      await until(({ connection }) => connection === "online");
    },
    openStore,
  };
}

function wait<View>(
  name: string,
  wanted: (view: View) => boolean,
  watch: (listener: (view: View) => void) => Promise<() => void>,
): Promise<View> {
  return new Promise((resolve, reject) => {
    let last: View | undefined;
    let unwatch: () => void = () => undefined;
    const timer = setTimeout(() => {
      unwatch();
      reject(new Error(`the ${name} never came to be as wanted; last seen: ${JSON.stringify(last)}`));
    }, PATIENCE_MS);
    const settle = (view: View) => {
      last = view;
      if (!wanted(view)) return;
      clearTimeout(timer);
      unwatch();
      resolve(view);
    };
    watch(settle).then((end) => {
      unwatch = end;
      if (last !== undefined && wanted(last)) end();
    }, reject);
  });
}

/** The texts of a conversation in order; notices are left out. */
export function texts({ messages }: ConversationView): readonly string[] {
  return messages.flatMap((message) => (message.kind === "text" ? [message.text] : []));
}

/** The statuses of our own messages in order. */
export function statuses({ messages }: ConversationView): readonly MessageStatus[] {
  return messages.flatMap((message) => (message.kind === "text" && message.status !== null ? [message.status] : []));
}
