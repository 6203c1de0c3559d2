import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { freshEnvelope } from "../testing/test-client.ts";
import type { WireRequest } from "../testing/test-exchange.ts";
import { NOON, startTestRelay } from "../testing/test-relay.ts";
import { formatPublishRequest } from "../wire/keys.ts";
import { formatSendRequest } from "../wire/mail.ts";

const SECOND = 1000;
const noonSeconds = NOON / SECOND;

function withHeader(name: string, value: string) {
  return (request: WireRequest): WireRequest => ({ ...request, headers: { ...request.headers, [name]: value } });
}

function withoutHeader(name: string) {
  return (request: WireRequest): WireRequest => {
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([header]) => header !== name));
    return { ...request, headers };
  };
}

async function startWithAlice() {
  const relay = await startTestRelay();
  return { relay, alice: await relay.member("alice") };
}

const receiveAlice = { method: "GET", target: "/api/receive/alice" } as const;

describe("a signed request", () => {
  it("is answered once, and refused as replayed ever after, also by a relay that was started anew", async () => {
    const authority = "chat.example";
    const first = await startTestRelay({ publicOrigin: `https://${authority}` });
    const alice = first.stranger("alice");
    const body = formatPublishRequest({
      manifest: alice.manifest.statement,
      signature: alice.signManifest(alice.manifest),
      oneTimePrekeys: [],
      oneTimeKemPrekeys: [],
      identityChange: null,
      replace: false,
      invite: null,
    });
    const signed = alice.sign({ method: "POST", target: "/api/publish_keys", body, sign: { authority } });
    const request = withHeader("host", authority)(signed);
    expect((await alice.exchange(request)).status).toBe(200);
    expect(await alice.exchange(request)).toMatchObject({ status: 401, json: { error: "request-replayed" } });
    await first.stop();
    const second = await startTestRelay({ publicOrigin: `https://${authority}`, folder: first.folder });
    const replay = await second.stranger("mallory").exchange(request);
    expect(replay).toMatchObject({ status: 401, json: { error: "request-replayed" } });
  });

  it("is accepted once of a hundred times at once", async () => {
    const { alice } = await startWithAlice();
    const signed = alice.sign(receiveAlice);
    const answers = await Promise.all(Array.from({ length: 100 }, () => alice.exchange(signed)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(99);
  });

  it("is refused when its method was altered", async () => {
    const { alice } = await startWithAlice();
    for (const method of ["HEAD", "PUT"] as const) {
      const other = alice.sign({ ...receiveAlice, method });
      const answer = await alice.exchange({ ...other, method: "GET" });
      expect(answer, method).toMatchObject({ status: 401, json: { error: "signature-invalid" } });
    }
  });

  it("is refused when its path or query was altered", async () => {
    const { relay, alice } = await startWithAlice();
    await relay.member("bob");
    const toPath = (target: string) => (request: WireRequest) => ({ ...request, target });
    for (const target of ["/api/receive/bob", "/api/get_keys/alice", "/api/receive/alice?after=0"]) {
      const answer = await alice.request({ ...receiveAlice, alter: toPath(target) });
      expect(answer, target).toMatchObject({ status: 401, json: { error: "signature-invalid" } });
    }
    const paged = { method: "GET", target: "/api/receive/alice?after=7" } as const;
    expect((await alice.request(paged)).status).toBe(200);
    const otherPage = await alice.request({ ...paged, alter: toPath("/api/receive/alice?after=8") });
    expect(otherPage.json).toEqual({ error: "signature-invalid" });
  });

  it("is refused when its body or digest was altered", async () => {
    const { alice } = await startWithAlice();
    const body = formatSendRequest({ to: "alice", envelopes: [freshEnvelope()] });
    const request = { method: "POST", target: "/api/send", body } as const;
    expect((await alice.request(request)).status).toBe(200);
    const longer = (wire: WireRequest) => ({ ...wire, body: `${String(wire.body)} ` });
    expect((await alice.request({ ...request, alter: longer })).json).toEqual({ error: "signature-invalid" });
    const other = alice.sign({ ...request, body: formatSendRequest({ to: "alice", envelopes: [freshEnvelope()] }) });
    const swapped = (wire: WireRequest) => ({
      ...withHeader("content-digest", other.headers["content-digest"] ?? "")(wire),
      body: other.body,
    });
    expect((await alice.request({ ...request, alter: swapped })).json).toEqual({ error: "signature-invalid" });
    const notDigest = withHeader("content-digest", "sha-512=:AAAA:");
    expect((await alice.request({ ...request, alter: notDigest })).json).toEqual({ error: "signature-invalid" });
  });

  it("is refused when a parameter of its signature was altered", async () => {
    const { relay, alice } = await startWithAlice();
    await relay.member("bob");
    const alterInput = (from: RegExp, to: string) => (request: WireRequest) =>
      withHeader("signature-input", (request.headers["signature-input"] ?? "").replace(from, to))(request);
    const nonce = `nonce="${randomBytes(16).toString("base64url")}"`;
    for (const alter of [
      alterInput(/created=\d+/, `created=${noonSeconds + 1}`),
      alterInput(/nonce="[^"]+"/, nonce),
      alterInput(/alice\/1/, "bob/1"),
    ]) {
      expect((await alice.request({ ...receiveAlice, alter })).json).toEqual({ error: "signature-invalid" });
    }
  });

  it("does not burn its nonce when it does not verify", async () => {
    const { relay, alice } = await startWithAlice();
    const mallory = relay.stranger("mallory");
    const nonce = Uint8Array.from(randomBytes(16));
    const forged = { nonce, keyId: alice.keyId };
    expect((await mallory.request({ ...receiveAlice, sign: forged })).json).toEqual({ error: "signature-invalid" });
    expect((await alice.request({ ...receiveAlice, sign: { nonce } })).status).toBe(200);
  });

  it("is refused when another key signed it, and when its device is unknown", async () => {
    const { relay, alice } = await startWithAlice();
    const mallory = await relay.member("mallory");
    const sign = { keyId: alice.keyId };
    const forged = await mallory.request({ ...receiveAlice, sign });
    expect(forged).toMatchObject({ status: 401, json: { error: "signature-invalid" } });
    for (const keyId of [
      { username: "alice", device: 2 },
      { username: "carol", device: 1 },
    ]) {
      const answer = await alice.request({ ...receiveAlice, sign: { keyId } });
      expect(answer).toMatchObject({ status: 401, json: { error: "unknown-device" } });
    }
  });
});

describe("the time of a request", () => {
  it("may lie 300 seconds off either way, and not 301", async () => {
    const { alice } = await startWithAlice();
    for (const [offset, status] of [
      [-301, 401],
      [-300, 200],
      [-299, 200],
      [299, 200],
      [300, 200],
      [301, 401],
    ] as const) {
      const answer = await alice.request({ ...receiveAlice, sign: { created: noonSeconds + offset } });
      expect(answer.status, String(offset)).toBe(status);
    }
  });

  it("is refused together with the relay's time, with which the next attempt succeeds", async () => {
    const { relay, alice } = await startWithAlice();
    relay.advance(7_200_500);
    const refused = await alice.request({ ...receiveAlice, sign: { created: noonSeconds } });
    expect(refused).toMatchObject({ status: 401, json: { error: "request-expired", time: noonSeconds + 7200 } });
    expect((await alice.request({ ...receiveAlice, sign: { created: noonSeconds + 7200 } })).status).toBe(200);
  });

  it("keeps a nonce for as long as its request could be accepted", async () => {
    const { relay, alice } = await startWithAlice();
    const signed = alice.sign({ ...receiveAlice, sign: { created: noonSeconds + 300 } });
    expect((await alice.exchange(signed)).status).toBe(200);
    relay.advance(600 * SECOND);
    await relay.relay.sweep();
    expect((await alice.exchange(signed)).json).toEqual({ error: "request-replayed" });
    relay.advance(SECOND);
    expect((await alice.exchange(signed)).json).toMatchObject({ error: "request-expired" });
  });
});

describe("the authority of a request", () => {
  it("may be any loopback name at the relay's port, and no other", async () => {
    const { relay, alice } = await startWithAlice();
    const port = new URL(relay.origin).port;
    for (const [authority, status] of [
      [`localhost:${port}`, 200],
      [`127.0.0.1:${port}`, 200],
      [`[::1]:${port}`, 200],
      ["localhost", 421],
      ["localhost:1", 421],
      [`chat.example:${port}`, 421],
      ["chat.example", 421],
    ] as const) {
      const answer = await alice.request({
        ...receiveAlice,
        sign: { authority },
        alter: withHeader("host", authority),
      });
      expect(answer.status, authority).toBe(status);
      if (status === 421) expect(answer.json).toEqual({ error: "wrong-authority" });
    }
  });

  it("is refused when it was signed for another relay, though it arrives under this one's name", async () => {
    const { alice } = await startWithAlice();
    const answer = await alice.request({ ...receiveAlice, sign: { authority: "chat.example" } });
    expect(answer).toMatchObject({ status: 401, json: { error: "signature-invalid" } });
  });

  it("is the public origin's where there is one, and is read without regard to case", async () => {
    const relay = await startTestRelay({ publicOrigin: "https://chat.example" });
    const alice = relay.stranger("alice");
    const sign = { authority: "chat.example" };
    const target = "/api/get_keys/alice";
    for (const host of ["chat.example", "Chat.Example"]) {
      const answer = await alice.request({ method: "GET", target, sign, alter: withHeader("host", host) });
      expect(answer.json).toEqual({ error: "unknown-device" });
    }
    expect((await alice.request({ method: "GET", target })).json).toEqual({ error: "wrong-authority" });
  });
});

describe("the headers of a signature", () => {
  it("are all needed", async () => {
    const { alice } = await startWithAlice();
    for (const header of ["signature", "signature-input", "content-digest"]) {
      const answer = await alice.request({ ...receiveAlice, alter: withoutHeader(header) });
      expect(answer, header).toMatchObject({ status: 401, json: { error: "signature-missing" } });
    }
  });

  it("are refused in any other spelling", async () => {
    const { alice } = await startWithAlice();
    const { signature = "", "signature-input": input = "" } = alice.sign(receiveAlice).headers;
    const inputs = [
      input.replace("sotto=", "sig1="),
      input.replace('"@method" ', ""),
      input.replace('"@method" "@authority"', '"@authority" "@method"'),
      input.replace(' "content-digest"', ""),
      input.replace("sotto/request/v1", "sotto/request/v2"),
      input.replace(/;tag="[^"]*"/, ""),
      input.replace(/;nonce="[^"]*"/, ""),
      input.replace(/created=\d+/, "created=-1"),
      input.replace(/created=\d+/, "created=01"),
      input.replace("alice/1", "Alice/1"),
      input.replace("alice/1", "alice/0"),
      input.replace("alice/1", "alice/4294967296"),
      input.replace("alice/1", "alice"),
      `${input};alg="ed25519"`,
      `${input}, ${input}`,
      `${input} `.replace(");", ") ;"),
    ];
    for (const spelling of inputs) {
      const answer = await alice.request({ ...receiveAlice, alter: withHeader("signature-input", spelling) });
      expect(answer, spelling).toMatchObject({ status: 401, json: { error: "signature-malformed" } });
    }
    for (const spelling of [
      signature.replace("sotto=", "sig1="),
      signature.replace("==:", ":"),
      signature.replace(/^(sotto=:.)./, "$1-"),
      "sotto=::",
      `${signature}, ${signature}`,
    ]) {
      const answer = await alice.request({ ...receiveAlice, alter: withHeader("signature", spelling) });
      expect(answer, spelling).toMatchObject({ status: 401, json: { error: "signature-malformed" } });
    }
  });
});
