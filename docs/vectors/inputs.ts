/**
 * What the vectors are computed from. Secret keys, nonces and challenges are SHA-256 of a name, so that they look like
 * keys and stay the same.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8 } from "../../web/protocol/bytes.ts";
import { hex } from "../../web/protocol/testing/hex.ts";
import type { ConversationEvent, ConversationInputs } from "./compute-double-ratchet.ts";
import type { LiveInputs, ManifestInputs, PaddingInputs, RequestInputs } from "./compute-statements.ts";
import type { HandshakeInputs } from "./compute-x3dh.ts";

function drawn(name: string, length = 32): string {
  return hex(sha256(utf8(`sotto vectors: ${name}`))).slice(0, 2 * length);
}

function handshake(name: string, withOneTimePrekey: boolean): HandshakeInputs {
  return {
    initiator: { username: "alice", device: 1, identitySecretKey: drawn("alice's identity") },
    responder: {
      username: "bob",
      device: 1,
      identitySecretKey: drawn("bob's identity"),
      signedPrekeySecretKey: drawn("bob's signed prekey"),
      oneTimePrekeySecretKey: withOneTimePrekey ? drawn("bob's one-time prekey") : null,
    },
    ephemeralSecretKey: drawn(`ephemeral key, ${name}`),
    generation: 1_700_000_000,
  };
}

const otherDevices = handshake("other devices", true);

export const handshakes: readonly { readonly name: string; readonly inputs: HandshakeInputs }[] = [
  { name: "with a one-time prekey", inputs: handshake("with a one-time prekey", true) },
  { name: "without a one-time prekey", inputs: handshake("without a one-time prekey", false) },
  {
    name: "between other devices and longer names, with the highest generation",
    inputs: {
      ...otherDevices,
      initiator: { ...otherDevices.initiator, username: "alice.of-the_north", device: 7 },
      responder: { ...otherDevices.responder, username: "0123456789abcdefghijklmnopqrstuv", device: 4_294_967_295 },
      generation: Number.MAX_SAFE_INTEGER,
    },
  },
];

/** Sends and receipts, with what each draws. */
function events(name: string) {
  let count = 0;
  const list: ConversationEvent[] = [];
  return {
    list,
    send(by: "initiator" | "responder", text: string) {
      list.push({ action: "send", by, text, nonce: drawn(`${name}: nonce ${count++}`, 12) });
    },
    receive(by: "initiator" | "responder", message: number, step = false) {
      const ratchetSecretKey = step ? drawn(`${name}: ratchet key ${count++}`) : null;
      list.push({ action: "receive", by, message, ratchetSecretKey });
    },
    refuse(by: "initiator" | "responder", message: number, step = false) {
      const ratchetSecretKey = step ? drawn(`${name}: refused ratchet key ${count++}`) : null;
      list.push({ action: "refuse", by, message, ratchetSecretKey });
    },
  };
}

function longConversation(): readonly ConversationEvent[] {
  const { list, send, receive, refuse } = events("long");
  send("initiator", "0: hello Bob");
  send("initiator", "1: are you there?");
  send("initiator", "2: lost on the way");
  receive("responder", 1, true);
  send("responder", "3: yes");
  send("responder", "4: and you?");
  receive("responder", 0);
  refuse("responder", 0);
  receive("initiator", 4, true);
  send("initiator", "5: here too");
  send("initiator", "6: \u{1F511} grüße");
  send("initiator", "7: overtakes");
  receive("responder", 7, true);
  receive("initiator", 3);
  refuse("initiator", 4);
  send("responder", "8: a new chain");
  receive("responder", 5);
  refuse("responder", 1, true);
  receive("initiator", 8, true);
  send("initiator", "");
  receive("responder", 9, true);
  receive("responder", 6);
  return list;
}

function shortConversation(): readonly ConversationEvent[] {
  const { list, send, receive } = events("short");
  send("initiator", "three Diffie-Hellmans");
  receive("responder", 0, true);
  send("responder", "suffice");
  receive("initiator", 1, true);
  return list;
}

export const conversations: readonly { readonly name: string; readonly inputs: ConversationInputs }[] = [
  {
    name: "several steps, with skipped, late, lost and repeated messages",
    inputs: {
      handshake: handshake("long conversation", true),
      initiatorRatchetSecretKey: drawn("first ratchet key, long"),
      events: longConversation(),
    },
  },
  {
    name: "without a one-time prekey",
    inputs: {
      handshake: handshake("short conversation", false),
      initiatorRatchetSecretKey: drawn("first ratchet key, short"),
      events: shortConversation(),
    },
  },
];

export const firstManifest: ManifestInputs = {
  username: "bob",
  device: 1,
  identitySecretKey: drawn("bob's identity"),
  deviceSecretKey: drawn("bob's device"),
  protocolVersions: [1],
  signedPrekeySecretKey: drawn("bob's signed prekey"),
  signedPrekeyDay: 19_675,
  sequence: 1,
  previousHash: "00".repeat(32),
};

/** The manifest after the first one, whose hash it names. */
export function secondManifest(hashOfFirst: string): ManifestInputs {
  return {
    ...firstManifest,
    protocolVersions: [1, 2],
    signedPrekeySecretKey: drawn("bob's next signed prekey"),
    signedPrekeyDay: 19_682,
    sequence: 2,
    previousHash: hashOfFirst,
  };
}

const request: RequestInputs = {
  deviceSecretKey: drawn("alice's device"),
  username: "alice",
  device: 1,
  method: "GET",
  authority: "chat.example",
  path: "/api/get_keys/bob",
  query: "?",
  body: "",
  created: 1_700_000_000,
  nonce: drawn("nonce of get_keys", 16),
};

export const requests: readonly { readonly name: string; readonly inputs: RequestInputs }[] = [
  { name: "GET without query or body", inputs: request },
  {
    name: "GET with a query",
    inputs: { ...request, path: "/api/receive/alice", query: "?after=17", nonce: drawn("nonce of receive", 16) },
  },
  {
    name: "POST with a body, to a relay at a port",
    inputs: {
      ...request,
      method: "POST",
      authority: "localhost:8080",
      path: "/api/acknowledge/alice",
      body: `{"envelopes":[{"from":"bob","fromDevice":1,"id":"AAECAwQFBgcICQoLDA0ODw"}]}`,
      nonce: drawn("nonce of acknowledge", 16),
    },
  },
];

export const liveSockets: readonly LiveInputs[] = ["https://chat.example", "http://localhost:8080"].map((origin) => ({
  deviceSecretKey: drawn("alice's device"),
  username: "alice",
  device: 1,
  origin,
  challenge: drawn(`challenge for ${origin}`),
}));

export const paddings: readonly PaddingInputs[] = [
  ...[0, 1, 254, 255, 256, 511, 512, 1023, 1024, 65_534, 65_535].map((length) => ({ byte: "61", length })),
  { byte: "00", length: 10 },
  { byte: "80", length: 10 },
];

export const paddedBytes: readonly string[] = [
  `68656c6c6f80${"00".repeat(250)}`,
  `80${"00".repeat(255)}`,
  "68656c6c6f80",
  `68656c6c6f8080${"00".repeat(249)}`,
  "",
  "00".repeat(256),
  `68656c6c6f${"00".repeat(251)}`,
  `68656c6c6f8001${"00".repeat(249)}`,
];
