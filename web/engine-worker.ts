/**
 * The worker's composition root. The name it was started under says what it is: the directory of accounts, or the
 * engine of one, which needs the account's Web Lock so that there is never a second one in this browser.
 */
import { keepSeat } from "./connection/engine-seat.ts";
import { serveEngine } from "./connection/engine-service.ts";
import { createHost, type Service } from "./connection/host.ts";
import { createWaitingEngine } from "./connection/waiting-engine.ts";
import { parseWorkerName, type WorkerRole } from "./connection/worker-name.ts";
import type { DirectoryApi, EngineApi } from "./engine/api.ts";
import { createEngine } from "./engine/engine.ts";
import { lateOrNull, loadLeftOut } from "./engine/left-out.ts";
import type { Clock, EnginePorts } from "./engine/ports.ts";
import { createRelayNetwork } from "./network/relay-network.ts";
import { DIRECTORY_DATABASE_NAME, openAccountDirectory } from "./storage/accounts.ts";
import { accountDatabaseName, openIndexedDbStore } from "./storage/indexeddb.ts";
import { keepsKeys } from "./storage/keeps-keys.ts";
import { openSealedStore } from "./storage/sealed-store.ts";

const directory = openAccountDirectory(openIndexedDbStore(DIRECTORY_DATABASE_NAME));

const clock: Clock = {
  now: () => Date.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

type AccountRole = Extract<WorkerRole, { readonly kind: "account" }>;

function portsOf({ username, relay }: AccountRole): EnginePorts {
  return {
    openStore: (secret, mayTakeOver) => {
      const records = openIndexedDbStore(accountDatabaseName(username));
      return openSealedStore({ account: username, records, randomBytes, now: clock.now }, secret, mayTakeOver);
    },
    deleteStore: () => openIndexedDbStore(accountDatabaseName(username)).destroy(),
    network: createRelayNetwork({
      origin: relay ?? self.location.origin,
      fetch: (url, init) => fetch(url, init),
      WebSocket,
      clock,
      random: Math.random,
    }),
    clock,
    randomBytes,
  };
}

/** The account's engine, in this worker or in the one that holds the account's seat. */
function engineOf(role: AccountRole): EngineApi {
  const { username } = role;
  const waiting = createWaitingEngine(username);
  const channel = new BroadcastChannel(`sotto/engine/${username}`);
  const createOwn = (leave: () => Promise<void>) =>
    createEngine({
      username,
      ports: portsOf(role),
      onRegistered: () => directory.add(username),
      onRemoved: () => directory.remove(username),
      // The keys go with the worker; the next page starts another one, which has none.
      onLocked: () => void leave().finally(() => self.close()),
    });
  void keepSeat({ username, locks: navigator.locks, channel, waiting, createEngine: createOwn });
  for (const change of ["online", "offline"]) self.addEventListener(change, () => void waiting.reconnect());
  return waiting;
}

function serviceOf(role: WorkerRole): () => Service {
  if (role.kind === "directory") {
    // Whoever looks at the start page may be about to make an account.
    loadLeftOut();
    const exposed: DirectoryApi = {
      listAccounts: () => directory.list(),
      ownerOfBackup: async (file) => (await lateOrNull())?.ownerOfBackup(file) ?? { kind: "offline" },
    };
    return () => ({ exposed, end: () => undefined });
  }
  const engine = engineOf(role);
  return () => serveEngine(engine);
}

function serve(role: WorkerRole): void {
  // Whoever cannot keep keys must not take the account's seat.
  const isFit = "onconnect" in self ? keepsKeys() : Promise.resolve(true);
  const host = createHost({
    locks: navigator.locks,
    open: isFit.then((fit) => (fit ? serviceOf(role) : null)),
  });
  // A tab greets its own worker directly, and a shared one through the port that it connects with.
  const receive = (event: Event) => {
    if (event instanceof MessageEvent) host.receive(event.data);
  };
  self.addEventListener("message", receive);
  self.addEventListener("connect", (event) => {
    if (!(event instanceof MessageEvent)) return;
    for (const port of event.ports) port.onmessage = receive;
  });
}

const role = parseWorkerName(self.name);
if (role !== null) serve(role);
