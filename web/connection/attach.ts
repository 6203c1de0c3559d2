/**
 * How a page finds the worker that serves it: a SharedWorker, one for each account and one for the directory, which
 * all tabs attach to. Where the browser has none, or lets it keep no keys, each tab starts a worker of its own, and a Web
 * Lock decides in the workers which one of them runs the account's engine.
 */
import { wrap } from "comlink";
import type { DirectoryApi, EngineApi } from "../engine/api.ts";
import { type Attached, attachToWorker, type StartedWorker } from "./attachment.ts";
import type { EngineHost } from "./engine-service.ts";
import { parseRelayAddress } from "./relay-address.ts";
import { remoteEngine } from "./remote-engine.ts";
import { formatWorkerName, type WorkerRole } from "./worker-name.ts";
import { workerScript } from "./worker-script.ts";

export type { Attached } from "./attachment.ts";

/** Attaches to the engine of an account, over the relay that the page names; the account need not exist yet. */
export async function attachEngine(username: string): Promise<Attached<EngineApi>> {
  const relay = parseRelayAddress(document.querySelector<HTMLMetaElement>("[name=sotto-relay]")?.content);
  return attach({ kind: "account", username, relay }, (port) => remoteEngine(wrap<EngineHost>(port)));
}

/** Attaches to the list of accounts on this device. */
export function attachDirectory(): Promise<Attached<DirectoryApi>> {
  return attach({ kind: "directory" }, (port) => {
    const directory = wrap<DirectoryApi>(port);
    return {
      listAccounts: () => directory.listAccounts(),
      ownerOfBackup: (file) => directory.ownerOfBackup(file),
    };
  });
}

let isShared = typeof SharedWorker !== "undefined";

async function attach<Api>(role: WorkerRole, connect: (port: MessagePort) => Api): Promise<Attached<Api>> {
  if (isInsecureContext()) return { kind: "failed", reason: "insecure-context" };
  const attached = await attachToWorker({
    locks: navigator.locks,
    tabLock: `sotto/tab/${crypto.randomUUID()}`,
    start: () => startWorker(formatWorkerName(role)),
    connect,
  });
  if (attached.kind !== "unfit") return attached;
  // Only a shared one says so.
  isShared = false;
  return await attach(role, connect);
}

/** Over plain http from another machine browsers have neither WebCrypto nor Web Locks. */
function isInsecureContext(): boolean {
  return !window.isSecureContext || window.crypto.subtle === undefined || navigator.locks === undefined;
}

function startWorker(name: string): StartedWorker | null {
  try {
    return isShared ? startSharedWorker(name) : startOwnWorker(name);
  } catch {
    // A policy of the browser's or of the page's is in the way.
    return null;
  }
}

function startSharedWorker(name: string): StartedWorker {
  const worker = new SharedWorker(workerScript(), { type: "module", name });
  return {
    post: (message, transfer) => worker.port.postMessage(message, transfer),
    onFailure: (callback) => worker.addEventListener("error", callback),
    stop: () => worker.port.close(),
  };
}

function startOwnWorker(name: string): StartedWorker {
  const worker = new Worker(workerScript(), { type: "module", name });
  // A page that is kept to go back to keeps its worker, and with it the account's seat.
  window.addEventListener("pagehide", () => worker.terminate());
  window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    onFailure: (callback) => worker.addEventListener("error", callback),
    stop: () => worker.terminate(),
  };
}
