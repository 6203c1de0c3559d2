/** Bytes that are no HTTP or no WebSocket, or nearly. */
import fc from "fast-check";

/** The lines that ask for a live socket. */
export const HANDSHAKE_LINES = [
  "GET /api/live HTTP/1.1",
  "Host: localhost",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
] as const;

/** The pieces of which a request's bytes are made, in this order, or in another. */
const piece = fc.oneof(
  fc.constantFrom(
    "GET ",
    "POST ",
    "/api/send",
    "/api/live",
    " HTTP/1.1\r\n",
    " HTTP/1.0\r\n",
    " HTTP/9.9\r\n",
    "\r\n",
    "\n",
  ),
  fc.constantFrom("Host: localhost\r\n", "Host: a\r\nHost: b\r\n", "Content-Length: 5\r\n", "Content-Length: -1\r\n"),
  fc.constantFrom(
    "Content-Length: 99999999999999999999\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: x\r\n",
  ),
  fc.constantFrom("5\r\nhello\r\n0\r\n\r\n", "zz\r\n", "ffffffffffff\r\n", "Connection: keep-alive, Upgrade\r\n"),
  fc.constantFrom(
    "Upgrade: websocket\r\n",
    "Upgrade: h2c\r\n",
    "Sec-WebSocket-Version: 13\r\n",
    "Sec-WebSocket-Key: x\r\n",
  ),
  fc.constantFrom(
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "\u0016\u0003\u0001\u0002",
    "Expect: x\r\n",
    "Expect: 100-continue\r\n",
  ),
  fc.integer({ min: 1, max: 40_000 }).map((length) => `X-Long: ${"a".repeat(length)}\r\n`),
  fc.integer({ min: 1, max: 3000 }).map((count) => "X: y\r\n".repeat(count)),
  fc.string({ unit: "binary", maxLength: 60 }),
);

/** An upgrade to a live socket with a line that is missing, or not as it must be. */
const handshake = fc
  .tuple(
    fc.nat(),
    fc.constantFrom("", "Upgrade: h2c", "Sec-WebSocket-Version: 12", "Sec-WebSocket-Key: x", "Origin: null"),
  )
  .map(([at, replacement]) => {
    const lines: string[] = [...HANDSHAKE_LINES];
    lines.splice(at % lines.length, 1, ...(replacement === "" ? [] : [replacement]));
    return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
  });

/** What a connection sends before it ends. */
export const rawHttp: fc.Arbitrary<Buffer> = fc.oneof(
  handshake,
  fc.uint8Array({ minLength: 1, maxLength: 500 }).map((value) => Buffer.from(value)),
  fc.array(piece, { minLength: 1, maxLength: 14 }).map((pieces) => Buffer.from(pieces.join(""), "latin1")),
  fc
    .tuple(fc.array(piece, { maxLength: 8 }), fc.constantFrom("GET /ready", "POST /api/send", "GET /api/live"))
    .map(([pieces, line]) => Buffer.from(`${line} HTTP/1.1\r\nHost: localhost\r\n${pieces.join("")}\r\n`, "latin1")),
);

/** One frame of a client, rightly or wrongly made (RFC 6455 §5.2). */
export type RawFrame =
  | {
      readonly kind: "frame";
      readonly final: boolean;
      readonly opcode: number;
      readonly payload: Uint8Array;
      readonly isMasked: boolean;
      readonly reserved: number;
    }
  /** Announces another length than it has. */
  | { readonly kind: "liar"; readonly announced: number; readonly payload: Uint8Array }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array };

const text = (value: string) => Uint8Array.from(Buffer.from(value));

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.integer({ min: 0, max: 9000 }).map((length) => new Uint8Array(length).fill(0x61)),
  fc
    .constantFrom(
      "{}",
      "[]",
      "null",
      '{"type":"authenticate"}',
      '{"type":"authenticate","keyId":"alice/1"}',
      "\ufeff{}",
    )
    .map(text),
  fc.jsonValue().map((value) => text(JSON.stringify(value))),
  // Close codes that are, and that are not, allowed on the wire.
  fc
    .constantFrom(0, 999, 1000, 1005, 1006, 1015, 2999, 3000, 4401, 5000)
    .map((code) => Uint8Array.of(code >> 8, code & 255)),
);

const rawFrame: fc.Arbitrary<RawFrame> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("frame" as const),
      final: fc.boolean(),
      opcode: fc.oneof(fc.constantFrom(0, 1, 2, 8, 9, 10), fc.nat(15)),
      payload,
      isMasked: fc.oneof({ weight: 6, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
      reserved: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(7) }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("liar" as const),
      announced: fc.constantFrom(1, 126, 65_535, 65_536, 104_857_600, 2 ** 40, 2 ** 53),
      payload,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("bytes" as const), bytes: fc.uint8Array({ maxLength: 60 }) }) },
);

export interface RawSocket {
  /** Whether the client first proves who it is. */
  readonly authenticates: boolean;
  readonly frames: readonly RawFrame[];
}

export const rawSocket: fc.Arbitrary<RawSocket> = fc.record({
  authenticates: fc.boolean(),
  frames: fc.array(rawFrame, { minLength: 1, maxLength: 8 }),
});

/** The bytes of a client's frame. */
export function encodeFrame(frame: RawFrame): Buffer {
  if (frame.kind === "bytes") return Buffer.from(frame.bytes);
  const { payload: content } = frame;
  const isLiar = frame.kind === "liar";
  const isMasked = isLiar || frame.isMasked;
  const first = isLiar ? 0x81 : (frame.final ? 0x80 : 0) | (frame.reserved << 4) | frame.opcode;
  const header = encodeLength(isLiar ? frame.announced : content.length, isMasked);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([Uint8Array.of(first), header, new Uint8Array(isMasked ? 4 : 0), content]);
}

function encodeLength(length: number, isMasked: boolean): Uint8Array {
  const bit = isMasked ? 0x80 : 0;
  if (length < 126) return Uint8Array.of(bit | length);
  if (length < 65_536) return Uint8Array.of(bit | 126, length >> 8, length & 255);
  const long = Buffer.alloc(9);
  long[0] = bit | 127;
  long.writeBigUInt64BE(BigInt(length), 1);
  return long;
}
