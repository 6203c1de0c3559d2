/** What is wrong with a relay's answer to whatever it was sent; null when nothing is. */
import { REFUSAL_STATUS, type RefusalCode } from "../../refusal.ts";
import { parseBlobErrorBody } from "../../wire/blob-errors.ts";
import type { Answer } from "./fuzz-driver.ts";
import type { RawFrame } from "./fuzz-raw.ts";
import type { ServerFrame } from "./fuzz-sockets.ts";

const OPCODE_CLOSE = 8;
/** Reasons of the relay's closes besides error codes. */
const CLOSE_REASONS: ReadonlySet<string> = new Set(["", "too-many-sockets"]);
/** Stack frames, sources and folders. */
const INSIDES = /\n +at |node_modules|node:internal|\.(?:js|ts):\d|\/(?:tmp|home|root|usr|var)\//;

/** Of an answer over HTTP; `method` is that of the request. */
export function faultOf({ status, headers, text }: Answer, method: string): string | null {
  if (INSIDES.test(text) || INSIDES.test(JSON.stringify(headers))) return "the answer shows the relay's insides";
  if (status < 400) return null;
  if (text === "" && method === "HEAD") return null;
  const body = parseBlobErrorBody(parseJson(text));
  if (!body) return `the body of a refusal names no known error: ${status} ${JSON.stringify(text.slice(0, 200))}`;
  return faultOfCode(body.error, status);
}

function faultOfCode(code: RefusalCode, status: number): string | null {
  if (code === "internal") return "the relay failed";
  return REFUSAL_STATUS[code] === status ? null : `${code} came with status ${status}`;
}

/** Of the bytes that answer raw bytes: some answers one after the other, or nothing. */
export function faultOfBytes(received: string): string | null {
  if (INSIDES.test(received)) return "the answer shows the relay's insides";
  if (received === "") return null;
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(received) ?? [];
  if (status === undefined) return `the relay did not answer in HTTP: ${JSON.stringify(received.slice(0, 200))}`;
  if (Number(status) < 400) return null;
  const body = received.slice(received.indexOf("\r\n\r\n") + 4);
  const [, code] = /^\{"error":"([a-z-]+)"[^}]*\}/.exec(body) ?? [];
  if (code === undefined || !isErrorCode(code)) {
    return `the body of a refusal names no known error: ${JSON.stringify(received.slice(0, 400))}`;
  }
  return faultOfCode(code, Number(status));
}

/** Of the frames a relay sent on a live socket. A close of the client's comes back as it was (RFC 6455 §5.5.1). */
export function faultOfFrames(frames: readonly ServerFrame[], sent: readonly RawFrame[]): string | null {
  const echoes = sent.flatMap((frame) =>
    frame.kind === "frame" && frame.opcode === OPCODE_CLOSE ? [Buffer.from(frame.payload)] : [],
  );
  for (const { opcode, payload } of frames) {
    if (opcode === OPCODE_CLOSE && echoes.some((echo) => echo.equals(payload))) continue;
    const text = payload.subarray(opcode === OPCODE_CLOSE ? 2 : 0).toString();
    if (INSIDES.test(text)) return "a frame shows the relay's insides";
    if (opcode !== OPCODE_CLOSE) continue;
    if (text === "internal") return "the relay failed on a live socket";
    if (!CLOSE_REASONS.has(text) && !isErrorCode(text))
      return `a close gives an unknown reason: ${JSON.stringify(text)}`;
  }
  return null;
}

function isErrorCode(text: string): text is RefusalCode {
  return Object.hasOwn(REFUSAL_STATUS, text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
