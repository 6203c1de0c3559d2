import { readFileSync } from "node:fs";
import { BlockList } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parseAddressList } from "../configuration/address-list.ts";
import { sha256 } from "../store/sha256.ts";
import { type Store, StoreFailure } from "../store/store.ts";
import { findPlanted, type Planted } from "../testing/planted.ts";
import { freshBytes, freshEnvelope, freshPrekeys, type TestClient } from "../testing/test-client.ts";
import { startTestRelay, type TestRelay } from "../testing/test-relay.ts";
import type { Bytes } from "../wire/bytes.ts";

/** A client's address as a proxy tells it, which is nowhere else. */
const CLIENT_ADDRESS = "203.0.113.77";

/** Everything of a client that the relay gets to see or must never have. */
function plantedOf(client: TestClient): readonly Planted[] {
  const { username, manifest } = client;
  const keys: Readonly<Record<string, Bytes>> = {
    "identity key": client.identityKey,
    "device key": client.deviceKey,
    "identity secret key": client.identitySecretKey,
    "device secret key": client.deviceSecretKey,
    "signed prekey": client.signedPrekey,
    "last-resort KEM prekey": client.lastResortKemPrekey,
    manifest: manifest.statement,
    "manifest's signature": client.signManifest(manifest),
  };
  const ofKeys = Object.entries(keys).map(([what, bytes]) => ({ what: `${username}'s ${what}`, bytes }));
  return [{ what: `${username}'s name`, bytes: Uint8Array.from(Buffer.from(username)) }, ...ofKeys];
}

/** A store that fails whenever its keeper says so, for different reasons in different places. */
function fickleStore() {
  let fails = false;
  const failing = <T>(error: () => Error, work: () => Promise<T>) => (fails ? Promise.reject(error()) : work());
  const wrapStore = (store: Store): Store => ({
    ...store,
    addMail: (mail) =>
      failing(
        () => new StoreFailure("full", { cause: new Error(`no room for ${mail.from.username} to ${mail.to}`) }),
        () => store.addMail(mail),
      ),
    listMail: (page) =>
      failing(
        () => new Error(`no mail of ${page.mailbox.username}`),
        () => store.listMail(page),
      ),
    addChunk: (chunk) =>
      failing(
        () => new Error(`no chunk of ${chunk.owner}`),
        () => store.addChunk(chunk),
      ),
    claimKeys: (username, withPrekeys) =>
      failing(
        () => Object.assign(new TypeError(`keys of ${username}`), { code: "ERR_FICKLE", username }),
        () => store.claimKeys(username, withPrekeys),
      ),
    statistics: () =>
      failing(
        () => new StoreFailure("busy"),
        () => store.statistics(),
      ),
    sweep: (now) =>
      failing(
        () => new StoreFailure("corrupt"),
        () => store.sweep(now),
      ),
  });
  return {
    wrapStore,
    fail: () => {
      fails = true;
    },
    work: () => {
      fails = false;
    },
  };
}

/** Asks as a browser behind the proxy would. */
function get(relay: TestRelay, target: string, headers: Readonly<Record<string, string>> = {}) {
  const forwarded = { "X-Forwarded-For": CLIENT_ADDRESS, Forwarded: `for=${CLIENT_ADDRESS}`, ...headers };
  return relay.stranger("nobody").exchange({ method: "GET", target, headers: forwarded, body: "" });
}

async function readMetrics(relay: TestRelay): Promise<string> {
  const { status, text } = await relay
    .stranger("nobody")
    .exchange({ method: "GET", target: "/metrics", headers: {}, body: "" });
  expect(status).toBe(200);
  return text;
}

/** The patterns of all routes, from where they are listed. */
function routes(): readonly string[] {
  const source = readFileSync(fileURLToPath(new URL("../routes/api.ts", import.meta.url)), "utf8");
  return [...source.matchAll(/router\.(?:get|post|put|delete)\("([^"]+)"/g)].map(([, pattern = ""]) => pattern);
}

describe("the log, at its most talkative, and the metrics", () => {
  it("hold no name, key, id or address in any encoding, whatever happens on any route", async () => {
    const store = fickleStore();
    const relay = await startTestRelay({
      wrapStore: store.wrapStore,
      trustedProxies: parseAddressList("127.0.0.1") ?? new BlockList(),
      fairness: { accountEnvelopes: { capacity: 20, refillMilliseconds: 1000 } },
    });
    const alice = await relay.member("alice-planted");
    const bob = relay.stranger("bob-planted");
    const mallory = relay.stranger("mallory-planted");
    const oneTimePrekeys = freshPrekeys(2);
    const oneTimeKemPrekeys = bob.freshKemPrekeys(2);
    await bob.publish({ oneTimePrekeys, oneTimeKemPrekeys });
    const live = await bob.openLive({ "X-Forwarded-For": CLIENT_ADDRESS }).authenticate();
    const [envelope, unsent] = [freshEnvelope(), freshEnvelope()];
    const nonce = Uint8Array.from({ length: 16 }, (_, index) => 200 - index);
    const epoch = nonce.map((byte) => 255 - byte);
    const name = { from: alice.username, fromDevice: 1, id: envelope.id };
    const receive = `/api/receive/${bob.username}`;
    const [blob, chunk] = [freshBytes(32), freshBytes(4096)];

    const everything = async () => [
      await alice.getKeys(bob.username),
      await alice.send(bob.username, [envelope]),
      await alice.send(bob.username, [{ ...envelope, body: unsent.body }]),
      await alice.send("nobody-planted", [unsent]),
      await bob.receive(),
      await bob.receive("nonsense-planted"),
      await bob.acknowledge([name]),
      await bob.acknowledge([{ ...name, id: unsent.id }]),
      await bob.epoch({ expected: [], next: epoch }),
      await bob.publish({ manifest: bob.nextManifest(), replace: true }),
      await mallory.publish({ manifest: alice.manifest }),
      await mallory.getKeys(alice.username),
      await alice.createBlob(blob, chunk.length),
      await alice.putChunk(blob, 0, chunk),
      await bob.putChunk(blob, 0, chunk),
      await bob.createBlob(blob, chunk.length),
      await bob.describeBlob(blob),
      await bob.getChunk(blob, 0),
      await bob.getChunk(blob, 7),
      await bob.deleteBlob(blob),
      await alice.deleteBlob(blob),
      await alice.getChunk(blob, 0),
      await alice.getKeys("nobody-planted"),
      await alice.getKeys("Not-A-Name-Planted"),
      await alice.request({ method: "GET", target: receive }),
      await alice.request({ method: "GET", target: `/api/planted/${bob.username}` }),
      await alice.request({ method: "PUT", target: receive }),
      await alice.request({ method: "POST", target: `/api/acknowledge/${bob.username}`, body: `{"${bob.username}":` }),
      await bob.request({ method: "GET", target: receive, sign: { created: 1 } }),
      await bob.request({ method: "GET", target: receive, sign: { nonce } }),
      await bob.request({ method: "GET", target: receive, sign: { nonce } }),
      await bob.request({ method: "GET", target: receive, sign: { secretKey: mallory.deviceSecretKey } }),
      await bob.request({ method: "POST", target: `/api/delete_account/${alice.username}` }),
      await get(relay, receive),
      await get(relay, `/u/${bob.username}`),
      await get(relay, `/${encodeURIComponent(bob.username)}%00`),
      await get(relay, "/live"),
      await get(relay, "/ready"),
      await get(relay, "/metrics"),
      await get(relay, "/api/relay"),
      await get(relay, "/api/live"),
      await get(relay, "/ready", { Host: `${bob.username}.example` }),
    ];
    const works = await everything();
    const strangers = mallory.openLive();
    await strangers.answerChallenge({ keyId: bob.keyId });
    await strangers.closed;
    await mallory.openLive({ origin: `https://${bob.username}.example` }).closed;

    const limited = await alice.send(
      bob.username,
      Array.from({ length: 32 }, () => freshEnvelope()),
    );
    expect(limited.status).toBe(429);

    store.fail();
    const fails = await everything();
    await relay.relay.sweep();
    const metricsOfFailing = await readMetrics(relay);
    store.work();
    const metrics = await readMetrics(relay);
    live.socket.terminate();
    await relay.stop();

    const statuses = new Set([...works, ...fails].map(({ status }) => status));
    for (const status of [200, 400, 401, 403, 404, 405, 409, 500, 503])
      expect(statuses, String(status)).toContain(status);
    expect(routes().length).toBeGreaterThanOrEqual(10);
    for (const route of routes()) expect(metrics).toContain(`route="${route}"`);
    const log = relay.logs.join("");
    for (const line of ["request refused", "request failed", "store fails", "swept"]) expect(log).toContain(line);

    const planted: readonly Planted[] = [
      ...[alice, bob, mallory].flatMap(plantedOf),
      { what: "what names have in common", bytes: Uint8Array.from(Buffer.from("planted")) },
      { what: "the client's address", bytes: Uint8Array.from(Buffer.from(CLIENT_ADDRESS)) },
      { what: "the proxy's address", bytes: Uint8Array.from(Buffer.from("127.0.0.1")) },
      { what: "the relay's address", bytes: Uint8Array.from(Buffer.from(new URL(relay.origin).host)) },
      { what: "an envelope's id", bytes: envelope.id },
      { what: "an envelope's body", bytes: envelope.body },
      { what: "the id of an envelope that was refused", bytes: unsent.id },
      { what: "a blob's id", bytes: blob },
      { what: "the digest of a blob's id", bytes: sha256(blob) },
      { what: "a chunk", bytes: chunk },
      { what: "a nonce", bytes: nonce },
      { what: "an epoch", bytes: epoch },
      ...oneTimePrekeys.map((bytes) => ({ what: "a one-time prekey", bytes })),
      ...oneTimeKemPrekeys.map(({ publicKey }) => ({ what: "a one-time KEM prekey", bytes: publicKey })),
    ];
    for (const [where, text] of Object.entries({ log, metrics, metricsOfFailing })) {
      expect(findPlanted(text, planted), where).toEqual([]);
    }
  });
});

describe("the search for what was planted", () => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => (index * 37 + 11) % 256);
  const name = Uint8Array.from(Buffer.from("alice-planted"));
  const planted = [
    { what: "a key", bytes: key },
    { what: "a name", bytes: name },
  ];

  it.each([
    ["a name as it is", '{"msg":"hello alice-planted!"}', "a name"],
    ["a name in capitals", "ALICE-PLANTED", "a name"],
    ["a name in hex", Buffer.from(name).toString("hex"), "a name"],
    ["a key in hex, in capitals", `key=${Buffer.from(key).toString("hex").toUpperCase()}`, "a key"],
    ["a key in base64", JSON.stringify({ key: Buffer.from(key).toString("base64") }), "a key"],
    ["a key in base64url", JSON.stringify({ key: Buffer.from(key).toString("base64url") }), "a key"],
    [
      "a name within something longer in base64",
      Buffer.from("to alice-planted, in haste").toString("base64"),
      "a name",
    ],
    ["a name one further on in base64url", Buffer.from("x alice-planted").toString("base64url"), "a name"],
    ["a name in percent encoding", "/u/%61lice%2Dplanted", "a name"],
    ["a key as an array of numbers", JSON.stringify([...key]), "a key"],
    ["a key as a logger prints bytes", JSON.stringify({ key }), "a key"],
    ["a key as a Buffer", JSON.stringify(Buffer.from(key)), "a key"],
  ])("finds %s", (_name, text, what) => {
    expect(findPlanted(`before ${text} after`, planted)).toEqual([what]);
  });

  it("finds what is planted in the relay's own log", async () => {
    const relay = await startTestRelay({
      wrapStore: (store) => ({
        ...store,
        check: () => Promise.reject(Object.assign(new Error(), { code: "alice-planted" })),
      }),
    });
    await get(relay, "/ready");
    expect(findPlanted(relay.logs.join(""), planted)).toEqual(["a name"]);
  });

  it("finds nothing where nothing is", () => {
    expect(
      findPlanted(JSON.stringify({ msg: "request", route: "/api/receive/:username", status: 200 }), planted),
    ).toEqual([]);
  });
});
