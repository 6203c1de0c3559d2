/** One kept-open HTTP connection that does as little as possible besides writing bytes and waiting for the answer. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export class HttpConnection {
  readonly #socket: Socket;
  #received: Buffer[] = [];
  #answer: { readonly resolve: (body: Buffer) => void; readonly reject: (error: Error) => void } | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay();
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => this.#answer?.reject(error));
    socket.on("close", () => this.#answer?.reject(new Error("the connection was closed")));
  }

  static async open(port: number): Promise<HttpConnection> {
    const socket = connect({ host: "127.0.0.1", port });
    await once(socket, "connect");
    return new HttpConnection(socket);
  }

  /** Sends a request and resolves to the body of its answer; rejects unless that is 200. */
  exchange(request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#answer = null;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#received.push(chunk);
    const received = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    this.#received = [received];
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = received.toString("latin1", 0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (received.length < end + 4 + length) return;
    this.#received = [];
    const answer = this.#answer;
    this.#answer = null;
    const body = received.subarray(end + 4);
    if (head.startsWith("HTTP/1.1 200 ")) answer?.resolve(body);
    else answer?.reject(new Error(`answered ${head.slice(0, 40)} ${body.toString().slice(0, 100)}`));
  }
}
