/** Requests that a server has taken and not answered, all on one connection; they go with the test. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, onTestFinished } from "vitest";

export interface HeldRequests {
  /** In the order of their requests. */
  readonly responses: readonly ServerResponse[];
  readonly client: Socket;
}

export async function holdRequests(count: number): Promise<HeldRequests> {
  const responses: ServerResponse[] = [];
  const server = createServer((_request, response) => void responses.push(response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  client.on("error", () => {});
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(count));
  await expect.poll(() => responses.length).toBe(count);
  return { responses, client };
}
