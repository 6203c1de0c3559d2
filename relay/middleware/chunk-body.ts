/**
 * Reads a chunk of a blob, the one body that is no JSON: raw bytes, no more than a chunk has, into one piece of memory
 * that is as long as was announced.
 */
import type { IncomingMessage } from "node:http";
import { Refusal } from "../refusal.ts";
import { type ReadBody, refuseBody } from "./json-body.ts";

/**
 * Makes the reader; `chunkBytes` is the longest body it accepts. Refuses with `unsupported-media-type`, `body-too-large`
 * and `bad-request`; on any method but PUT there must be no body.
 */
export function createChunkReader(chunkBytes: number): ReadBody {
  return async (ctx) => {
    if (ctx.headers["content-encoding"] !== undefined) throw new Refusal("unsupported-media-type");
    if (ctx.method !== "PUT") return refuseBody(ctx);
    if (!/^application\/octet-stream$/i.test(ctx.get("content-type"))) throw new Refusal("unsupported-media-type");
    const announced = Number(ctx.headers["content-length"] ?? chunkBytes);
    if (announced > chunkBytes) throw new Refusal("body-too-large");
    return { bytes: await readInto(Buffer.alloc(announced), ctx.req), json: undefined };
  };
}

/** Resolves to what came, a part of the memory or all of it; rejects with `body-too-large` where it does not fit. */
function readInto(memory: Buffer, request: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let length = 0;
    const settle = (outcome: () => void) => {
      request.off("data", onData).off("end", onEnd).off("error", onBroken).off("close", onBroken);
      outcome();
    };
    const onData = (part: Buffer) => {
      if (length + part.length > memory.length) {
        // What is left of it is thrown away once the refusal was answered.
        request.pause();
        settle(() => reject(new Refusal("body-too-large")));
        return;
      }
      length += part.copy(memory, length);
    };
    const onEnd = () => settle(() => resolve(memory.subarray(0, length)));
    const onBroken = () => settle(() => reject(new Refusal("bad-request")));
    request.on("data", onData).on("end", onEnd).on("error", onBroken).on("close", onBroken);
    if (request.destroyed) onBroken();
  });
}
