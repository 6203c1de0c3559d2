import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { freshBytes, freshEnvelope, type TestClient } from "../testing/test-client.ts";
import type { WireRequest } from "../testing/test-exchange.ts";
import { startTestRelay, type TestRelay, type TestRelayOptions } from "../testing/test-relay.ts";
import { blobPath, CHUNK_BYTES, chunkPath } from "../wire/blob.ts";
import { type Bytes, toBase64url } from "../wire/bytes.ts";

const SHORT = 4096;
/** Of two chunks, the second one shorter. */
const LONG = 270_336;
const LAST = LONG - CHUNK_BYTES;

const refused = (status: number, error: string) => expect.objectContaining({ status, json: { error } });

/** Alice with a blob of two chunks, none of which is there, and Bob. */
async function startWithBlob(options: TestRelayOptions = {}) {
  const relay = await startTestRelay(options);
  const [alice, bob] = [await relay.member("alice"), await relay.member("bob")];
  const id = freshBytes(32);
  expect((await alice.createBlob(id, LONG)).status).toBe(200);
  return { relay, alice, bob, id };
}

function put(client: TestClient, target: string, body: Uint8Array | string, alter = (request: WireRequest) => request) {
  return client.request({ method: "PUT", target, body, alter });
}

const withHeaders = (headers: Readonly<Record<string, string>>) => (request: WireRequest) => ({
  ...request,
  headers: { ...request.headers, ...headers },
});

/** A connection that sends the beginning of a request and then nothing more. */
async function sendBeginning({ relay }: TestRelay, request: WireRequest, announced: number): Promise<() => string> {
  const socket = connect(relay.port(), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (part: Buffer) => {
    text += part.toString("latin1");
  });
  socket.on("error", () => {});
  await once(socket, "connect");
  const headers = Object.entries({ ...request.headers, "content-length": String(announced) });
  socket.write(
    [`${request.method} ${request.target} HTTP/1.1`, ...headers.map((pair) => pair.join(": ")), "", "a"].join("\r\n"),
  );
  return () => text;
}

describe("a chunk", () => {
  it("is taken once: the same bytes again are no error, and other bytes are never taken", async () => {
    const { relay, alice, id } = await startWithBlob();
    const bytes = freshBytes(CHUNK_BYTES);
    for (let again = 0; again < 2; again += 1) expect((await alice.putChunk(id, 0, bytes)).status).toBe(200);
    const altered = Uint8Array.from(bytes, (byte, index) => (index === CHUNK_BYTES - 1 ? byte ^ 1 : byte));
    expect(await alice.putChunk(id, 0, altered)).toEqual(refused(409, "chunk-conflict"));
    expect(Buffer.compare((await alice.getChunk(id, 0)).bytes, bytes)).toBe(0);
    expect(relay.relay.counts).toMatchObject({ chunksStored: 1, chunksRefused: 1 });
  });

  it("has exactly the length that its index demands", async () => {
    const { alice, id } = await startWithBlob();
    for (const [index, length] of [
      [0, 0],
      [0, 1],
      [0, LAST],
      [0, CHUNK_BYTES - 1],
      [1, LAST - 1],
      [1, LAST + 1],
      [1, CHUNK_BYTES],
    ] as const) {
      const answer = await alice.putChunk(id, index, freshBytes(length));
      expect(answer, `${index} ${length}`).toEqual(refused(400, "chunk-length-invalid"));
    }
    for (const length of [CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 2_000_000]) {
      const answer = await alice.putChunk(id, 0, freshBytes(length));
      expect(answer, String(length)).toEqual(refused(413, "body-too-large"));
    }
    expect((await alice.describeBlob(id)).json).toMatchObject({ missing: [0, 1] });
    expect((await alice.putChunk(id, 0, freshBytes(CHUNK_BYTES))).status).toBe(200);
    expect((await alice.putChunk(id, 1, freshBytes(LAST))).status).toBe(200);
  });

  it("has an index that the blob has, in one spelling", async () => {
    const { alice, id } = await startWithBlob();
    const indexes = ["2", "383", "384", "999", "1000", "4294967296", "99999999999999999999", "-1", "00", "01"];
    for (const index of [...indexes, "0.0", "1e0", "0x0", "%30x", "NaN", "%00", "__proto__"]) {
      const target = `${blobPath(id)}/${index}`;
      const invalid = refused(400, "chunk-index-invalid");
      expect(await put(alice, target, freshBytes(LAST)), index).toEqual(invalid);
      expect(await alice.request({ method: "GET", target }), index).toEqual(invalid);
    }
    expect((await alice.describeBlob(id)).json).toMatchObject({ missing: [0, 1] });
  });

  it("must not be moved to another index, another blob or another method on its way", async () => {
    const { alice, id } = await startWithBlob();
    const other = freshBytes(32);
    await alice.createBlob(other, LONG);
    const invalid = refused(401, "signature-invalid");
    for (const target of [chunkPath(id, 1), chunkPath(other, 0), `${chunkPath(id, 0)}?x`]) {
      expect(await put(alice, chunkPath(id, 0), freshBytes(LAST), (request) => ({ ...request, target }))).toEqual(
        invalid,
      );
    }
    const read = alice.sign({ method: "GET", target: chunkPath(id, 0) });
    expect(await alice.exchange({ ...read, method: "PUT" })).toEqual(invalid);
    const chunk = alice.sign({ method: "PUT", target: chunkPath(id, 0), body: freshBytes(CHUNK_BYTES) });
    expect(await alice.exchange({ ...chunk, method: "DELETE", target: blobPath(id), body: "" })).toEqual(invalid);
    for (const blob of [id, other]) expect((await alice.describeBlob(blob)).json).toMatchObject({ missing: [0, 1] });
  });

  it("must be the bytes whose digest was signed", async () => {
    const { alice, id } = await startWithBlob();
    const target = chunkPath(id, 0);
    const swap = (bytes: Uint8Array) => (request: WireRequest) => ({ ...request, body: Buffer.from(bytes) });
    for (const length of [CHUNK_BYTES, LAST, 0]) {
      const answer = await put(alice, target, freshBytes(CHUNK_BYTES), swap(freshBytes(length)));
      expect(answer, String(length)).toEqual(refused(401, "signature-invalid"));
    }
    const digest = withHeaders({ "content-digest": `sha-256=:${Buffer.alloc(32).toString("base64")}:` });
    expect(await put(alice, target, freshBytes(CHUNK_BYTES), digest)).toEqual(refused(401, "signature-invalid"));
    expect((await alice.describeBlob(id)).json).toMatchObject({ missing: [0, 1] });
  });

  it("is not taken from a recording, also not into a blob that was deleted and made again", async () => {
    const { relay, alice, id } = await startWithBlob();
    const recorded = alice.sign({ method: "PUT", target: chunkPath(id, 1), body: freshBytes(LAST) });
    expect((await alice.exchange(recorded)).status).toBe(200);
    expect(await alice.exchange(recorded)).toEqual(refused(401, "request-replayed"));
    await alice.deleteBlob(id);
    await expect.poll(() => relay.store.statistics()).toMatchObject({ blobs: 0 });
    expect((await alice.createBlob(id, LONG)).status).toBe(200);
    expect(await alice.exchange(recorded)).toEqual(refused(401, "request-replayed"));
    expect((await alice.describeBlob(id)).json).toMatchObject({ missing: [0, 1] });
  });

  it("is raw bytes and nothing else, as any body of a request that has one", async () => {
    const { alice, id } = await startWithBlob();
    const target = chunkPath(id, 1);
    const bytes = freshBytes(LAST);
    const unsupported = refused(415, "unsupported-media-type");
    const types = [
      "application/json",
      "text/html",
      "multipart/form-data",
      "application/octet-stream; charset=utf-8",
      "",
    ];
    for (const type of types) {
      expect(await put(alice, target, bytes, withHeaders({ "content-type": type })), type).toEqual(unsupported);
    }
    for (const encoding of ["gzip", "identity"]) {
      expect(await put(alice, target, bytes, withHeaders({ "content-encoding": encoding }))).toEqual(unsupported);
    }
    for (const method of ["GET", "DELETE"] as const) {
      const request = { method, target: method === "GET" ? target : blobPath(id), body: bytes };
      expect(await alice.request(request), method).toEqual(refused(400, "bad-request"));
    }
    for (const method of ["POST", "HEAD", "DELETE"] as const) {
      expect((await alice.request({ method, target })).status, method).toBe(405);
    }
    expect((await put(alice, target, bytes)).status).toBe(200);
  });

  it("is measured as it arrives when no length is announced", async () => {
    const { alice, id } = await startWithBlob();
    const address = alice.origin.replace("localhost", "127.0.0.1");
    const send = async (index: number, bytes: Bytes) => {
      const body = { method: "PUT", target: chunkPath(id, index), body: bytes } as const;
      const signed = alice.sign({ ...body, sign: { authority: new URL(address).host } });
      const { host: _host, ...headers } = signed.headers;
      const init = { method: "PUT", headers, body: new Blob([bytes]).stream(), duplex: "half" } as RequestInit;
      const answer = await fetch(`${address}${signed.target}`, init);
      return [answer.status, await answer.json()];
    };
    expect(await send(0, freshBytes(CHUNK_BYTES + 1))).toEqual([413, { error: "body-too-large" }]);
    expect(await send(0, freshBytes(CHUNK_BYTES - 1))).toEqual([400, { error: "chunk-length-invalid" }]);
    expect(await send(0, freshBytes(CHUNK_BYTES))).toEqual([200, {}]);
    expect(await send(1, freshBytes(LAST))).toEqual([200, {}]);
  });

  it("is not read before its sender is known", async () => {
    const { relay, alice, id } = await startWithBlob();
    const mallory = relay.stranger("mallory");
    const forged = withHeaders({ signature: `sotto=:${"A".repeat(86)}==:` });
    for (const length of [LAST, 3 * CHUNK_BYTES]) {
      const bytes = freshBytes(length);
      expect(await put(alice, chunkPath(id, 1), bytes, forged)).toEqual(refused(401, "signature-invalid"));
      expect(await put(mallory, chunkPath(id, 1), bytes)).toEqual(refused(401, "unknown-device"));
    }
    const whole = alice.sign({ method: "PUT", target: chunkPath(id, 1), body: freshBytes(LAST) });
    const text = await sendBeginning(relay, forged(whole), LAST);
    await expect.poll(text).toContain('{"error":"signature-invalid"}');
    expect(relay.relay.counts.refusals.get("rate-limited")).toBeUndefined();
  });

  it("that a browser opens is no page: it is saved, sandboxed and never guessed at", async () => {
    const { alice, bob, id } = await startWithBlob();
    const page = Buffer.alloc(LAST, "<!doctype html><script>alert(document.domain)</script>");
    await alice.putChunk(id, 1, page);
    const { status, headers, bytes } = await bob.getChunk(id, 1);
    expect(status).toBe(200);
    expect(bytes.equals(page)).toBe(true);
    expect(headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-length": String(LAST),
      "content-disposition": "attachment",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(headers).not.toHaveProperty("etag");
    const opened = { method: "GET", target: chunkPath(id, 1), headers: { host: new URL(alice.origin).host }, body: "" };
    expect(await alice.exchange(opened)).toEqual(refused(401, "signature-missing"));
  });

  it("is refused while the store fails, and there is room for it again afterwards", async () => {
    const { relay, alice, id } = await startWithBlob({
      wrapStore: (store) => ({
        ...store,
        addChunk: () => Promise.reject(new Error(`no room for ${toBase64url(id)}`)),
      }),
      transfers: { ofAccount: 1 },
    });
    for (let again = 0; again < 3; again += 1) {
      expect(await alice.putChunk(id, 1, freshBytes(LAST))).toEqual(refused(500, "internal"));
    }
    await expect.poll(() => relay.logs.join("")).toContain("request failed");
    expect(relay.logs.join("")).not.toContain(toBase64url(id));
  });
});

describe("chunks that are under way", () => {
  it("are few of one account, which keeps nobody else from theirs, and none once they end", async () => {
    const { relay, alice, bob, id } = await startWithBlob({
      transfers: { ofAccount: 2 },
      http: { stalledMilliseconds: 1500 },
    });
    const whole = () => alice.sign({ method: "PUT", target: chunkPath(id, 1), body: freshBytes(LAST) });
    const slow = [await sendBeginning(relay, whole(), LAST), await sendBeginning(relay, whole(), LAST)];
    await expect
      .poll(async () => {
        const answer = await alice.getChunk(id, 0);
        return [answer.status, answer.headers["retry-after"]];
      })
      .toEqual([429, "1"]);
    expect(await bob.getChunk(id, 0)).toEqual(refused(404, "missing-chunk"));
    expect((await alice.send("bob", [freshEnvelope()])).status).toBe(200);
    for (const text of slow) await expect.poll(text, { timeout: 10_000 }).toContain("request-timeout");
    await expect.poll(async () => (await alice.putChunk(id, 1, freshBytes(LAST))).status).toBe(200);
  });

  it("are few of all", async () => {
    const { relay, alice, bob, id } = await startWithBlob({
      transfers: { all: 1 },
      http: { stalledMilliseconds: 1500 },
    });
    const whole = alice.sign({ method: "PUT", target: chunkPath(id, 1), body: freshBytes(LAST) });
    await sendBeginning(relay, whole, LAST);
    await expect.poll(async () => (await bob.getChunk(id, 0)).status).toBe(429);
    expect((await bob.send("alice", [freshEnvelope()])).status).toBe(200);
    await expect.poll(async () => (await bob.getChunk(id, 0)).status, { timeout: 10_000 }).toBe(404);
  });

  it("have limits of their own, in and out, and leave the account's other requests alone", async () => {
    const two = { capacity: 2, refillMilliseconds: 1500 };
    const { relay, alice, id } = await startWithBlob({
      fairness: { accountChunksStored: two, accountChunksRead: two, accountRequests: { ...two, capacity: 6 } },
    });
    const bytes = freshBytes(LAST);
    for (let i = 0; i < 2; i += 1) expect((await alice.putChunk(id, 1, bytes)).status).toBe(200);
    const limited = alice.sign({ method: "PUT", target: chunkPath(id, 1), body: bytes });
    expect(await alice.exchange(limited)).toEqual(refused(429, "rate-limited"));
    for (let i = 0; i < 2; i += 1) expect((await alice.getChunk(id, 1)).status).toBe(200);
    expect(await alice.getChunk(id, 1)).toEqual(refused(429, "rate-limited"));
    expect((await alice.receive()).status).toBe(200);
    relay.advance(1500);
    // It did not use up its nonce.
    expect((await alice.exchange(limited)).status).toBe(200);
  });

  it("count against an account only when it signed them", async () => {
    const { relay, alice, id } = await startWithBlob({
      fairness: { accountChunksStored: { capacity: 1, refillMilliseconds: 1500 } },
    });
    const mallory = relay.stranger("mallory");
    for (let i = 0; i < 3; i += 1) {
      const sign = { keyId: alice.keyId };
      const request = { method: "PUT", target: chunkPath(id, 1), body: freshBytes(LAST), sign } as const;
      expect(await mallory.request(request)).toEqual(refused(401, "signature-invalid"));
    }
    expect((await alice.putChunk(id, 1, freshBytes(LAST))).status).toBe(200);
  });
});

describe("a small blob", () => {
  it("is one chunk of its own length", async () => {
    const { alice } = await startWithBlob();
    const id = freshBytes(32);
    await alice.createBlob(id, SHORT);
    expect(await alice.putChunk(id, 0, freshBytes(CHUNK_BYTES))).toEqual(refused(400, "chunk-length-invalid"));
    expect(await alice.putChunk(id, 1, freshBytes(SHORT))).toEqual(refused(400, "chunk-index-invalid"));
    expect((await alice.putChunk(id, 0, freshBytes(SHORT))).status).toBe(200);
  });
});
