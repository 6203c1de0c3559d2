/** A TCP proxy that can fall silent: connections stay open, and nothing comes through, as behind a failed link. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

export interface SilentProxy {
  readonly port: number;
  /** From now on nothing passes, on the connections there are and on those that are made. */
  fallSilent(): void;
  /** Connections made from now on work; those that met the silence stay silent. */
  heal(): void;
}

/** Listens on a free port of 127.0.0.1, and ends with the test. */
export async function startSilentProxy(port: number): Promise<SilentProxy> {
  const open = new Set<Socket>();
  let silent = false;
  const server = createServer((client) => {
    open.add(client);
    client.on("error", () => client.destroy());
    if (silent) return;
    const target = connect(port, "127.0.0.1");
    open.add(target);
    target.on("error", () => client.destroy());
    client.on("close", () => target.destroy());
    target.on("close", () => client.destroy());
    client.pipe(target).pipe(client);
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
    fallSilent() {
      silent = true;
      for (const socket of open) {
        socket.unpipe();
        socket.pause();
      }
    },
    heal() {
      silent = false;
    },
  };
}
