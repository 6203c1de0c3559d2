/** Raw connections to a relay: they send bytes, end, and tell what came back. */
import { connect, type Socket } from "node:net";
import { formatAuthenticateFrame, liveStatement, parseRelayFrame } from "../../wire/live.ts";
import { signQuickly } from "../quick-signature.ts";
import type { TestClient } from "../test-client.ts";
import { PATIENCE_MILLISECONDS } from "./fuzz-driver.ts";
import { encodeFrame, HANDSHAKE_LINES, type RawSocket } from "./fuzz-raw.ts";

const HANDSHAKE = `${HANDSHAKE_LINES.join("\r\n")}\r\n\r\n`;
/** Masked, and the code 1000. */
const CLOSE_FRAME = Uint8Array.of(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8);

/** A frame of the relay's. */
export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Sends the bytes and ends; resolves to all that came back. Rejects when the relay leaves the connection open. */
export async function sendRaw(port: number, bytes: Buffer): Promise<string> {
  const connection = new Connection(port);
  connection.write(bytes);
  connection.end();
  await connection.closed();
  return connection.received.toString("latin1");
}

/** Opens a live socket, sends the frames, closes and resolves to what the relay sent; rejects as `sendRaw` does. */
export async function sendFrames(
  client: TestClient,
  port: number,
  { authenticates, frames }: RawSocket,
): Promise<readonly ServerFrame[]> {
  const connection = new Connection(port);
  connection.write(Buffer.from(HANDSHAKE));
  await connection.until(() => decodeFrames(connection.received).length > 0);
  if (authenticates) {
    connection.write(authenticateFrame(client, decodeFrames(connection.received)[0]));
    await connection.until(() => decodeFrames(connection.received).length > 1);
  }
  for (const frame of frames) connection.write(encodeFrame(frame));
  connection.write(Buffer.from(CLOSE_FRAME));
  connection.end();
  await connection.closed();
  return decodeFrames(connection.received);
}

function authenticateFrame(
  { origin, keyId, deviceSecretKey }: TestClient,
  challengeFrame: ServerFrame | undefined,
): Buffer {
  const challenge = parseRelayFrame(challengeFrame?.payload.toString() ?? "");
  if (challenge?.type !== "challenge") throw new Error("relay sent no challenge");
  const signature = signQuickly(liveStatement(origin, challenge.challenge, keyId), deviceSecretKey);
  const payload = Uint8Array.from(Buffer.from(formatAuthenticateFrame({ keyId, origin, signature })));
  return encodeFrame({ kind: "frame", final: true, opcode: 1, payload, isMasked: true, reserved: 0 });
}

/** The whole frames after the answer to the handshake; none when the upgrade was refused. */
function decodeFrames(received: Buffer): readonly ServerFrame[] {
  const start = received.indexOf("\r\n\r\n");
  if (start < 0 || !received.toString("latin1", 0, 12).endsWith(" 101")) return [];
  const frames: ServerFrame[] = [];
  let rest = received.subarray(start + 4);
  for (;;) {
    const [first = 0, short = 0] = rest;
    // The length is in the second byte, or in the two or eight bytes that follow it (RFC 6455 §5.2).
    const from = short === 127 ? 10 : short === 126 ? 4 : 2;
    if (rest.length < from) return frames;
    const length = from === 10 ? Number(rest.readBigUInt64BE(2)) : from === 4 ? rest.readUInt16BE(2) : short;
    if (rest.length < from + length) return frames;
    frames.push({ opcode: first & 15, payload: rest.subarray(from, from + length) });
    rest = rest.subarray(from + length);
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #wake: () => void = () => {};
  #isClosed = false;
  #isLeftOpen = false;

  constructor(port: number) {
    this.#socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    this.#socket.setNoDelay();
    this.#socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#wake();
    });
    // The relay may cut off what it does not like; what it sent before counts.
    this.#socket.on("error", () => {});
    this.#socket.on("end", () => this.#socket.destroySoon());
    this.#socket.setTimeout(PATIENCE_MILLISECONDS, () => {
      this.#isLeftOpen = true;
      this.#socket.destroy();
    });
    this.#socket.on("close", () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  end(): void {
    this.#socket.end();
  }

  /** Waits until the connection is gone; rejects when the relay has left it open. */
  async closed(): Promise<void> {
    await this.until(() => false);
    if (this.#isLeftOpen)
      throw new Error(`relay leaves a connection open after ${JSON.stringify(this.received.toString("latin1"))}`);
  }

  /** Waits until something holds, or the connection is gone. */
  async until(holds: () => boolean): Promise<void> {
    while (!this.#isClosed && !holds()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
