/** A TCP proxy before several relays, as simple as can be: each connection goes to the next one that is there. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface RoundRobinProxy {
  readonly port: number;
  /** How many connections went to each of the ports, in their order. */
  readonly connections: readonly number[];
  /** The place of a port to which a connection is open now; -1 when there is none. */
  busy(): number;
}

/** Listens on a free port of 127.0.0.1, and ends with the test. */
export async function startRoundRobinProxy(ports: readonly number[]): Promise<RoundRobinProxy> {
  const open = new Set<Socket>();
  const connections: number[] = [];
  const openTo = ports.map(() => 0);
  let turn = 0;

  function pass(client: Socket, attempts: number): void {
    if (attempts === 0 || client.destroyed) {
      client.destroy();
      return;
    }
    const index = turn % ports.length;
    turn += 1;
    const relay = connect(ports[index] ?? 0, "127.0.0.1");
    open.add(relay);
    const next = () => pass(client, attempts - 1);
    relay.once("error", next);
    relay.once("connect", () => {
      relay.off("error", next);
      connections[index] = (connections[index] ?? 0) + 1;
      openTo[index] = (openTo[index] ?? 0) + 1;
      relay.on("error", () => client.destroy());
      client.on("close", () => relay.destroy());
      relay.on("close", () => {
        open.delete(relay);
        openTo[index] = (openTo[index] ?? 0) - 1;
        client.destroy();
      });
      client.pipe(relay).pipe(client);
    });
  }

  const server = createServer((client) => {
    open.add(client);
    client.on("error", () => client.destroy());
    client.on("close", () => open.delete(client));
    pass(client, ports.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    connections,
    busy: () => openTo.findIndex((count) => count > 0),
  };
}
