/** Stands in for web/network/relay-network.ts in the worker's composition root: the same network, behind checkpoints. */
import type { LiveConnection, LiveHandlers, RelayNetwork } from "../../web/engine/ports.ts";
import {
  createRelayNetwork as createUncheckedNetwork,
  type RelayNetworkOptions,
} from "../../web/network/relay-network.ts";
import { type Checkpoint, checkpointOfThisWorker } from "./checkpoint.ts";

const ENDED: LiveConnection = { retryNow: () => undefined, close: () => undefined };

export function createRelayNetwork(options: RelayNetworkOptions): RelayNetwork {
  const checkpoint = checkpointOfThisWorker();
  const network = createUncheckedNetwork(options);
  return {
    origin: network.origin,
    authority: network.authority,
    request: (request) => checkpoint.pass(`request ${operationOf(request.target)}`, () => network.request(request)),
    connectLive: (handlers) =>
      checkpoint.passNow("connect live", () => network.connectLive(checkpointed(checkpoint, handlers)), ENDED),
  };
}

/** E.g. `receive` of `/api/receive/alice?after=7`. */
function operationOf(target: string): string {
  const [, operation = target] = /^\/api\/([a-z_]+)/.exec(target) ?? [];
  return operation;
}

function checkpointed(checkpoint: Checkpoint, handlers: LiveHandlers): LiveHandlers {
  return {
    authenticate: (challenge) => checkpoint.pass("live authenticate", () => handlers.authenticate(challenge)),
    onUp: () => checkpoint.passNow("live up", () => handlers.onUp(), undefined),
    onMail: (envelope) => checkpoint.passNow("live mail", () => handlers.onMail(envelope), undefined),
    onPrekeys: (remaining) => checkpoint.passNow("live prekeys", () => handlers.onPrekeys(remaining), undefined),
    onDown: (code) => checkpoint.passNow("live down", () => handlers.onDown(code), undefined),
  };
}
