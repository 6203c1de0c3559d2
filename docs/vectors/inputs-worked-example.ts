/** The worked example of docs/protocol.md, section 16: secrets of equal bytes, so that they are easily typed. */
import type { ConversationInputs } from "./compute-double-ratchet.ts";
import type { KemPrekeyInputs, ManifestInputs } from "./compute-statements.ts";
import type { HandshakeInputs } from "./compute-x3dh.ts";

/** The name of the example's cases in the files. */
export const WORKED_EXAMPLE = "the worked example of docs/protocol.md";

const CONVERSATION = "smGwum2eage0GmE8jflL3g";
const TEXT_ID = "w8PDw8PDw8PDw8PDw8PDww";
const RECEIPT_ID = "xMTExMTExMTExMTExMTExA";

const bob = { username: "bob", device: 1, identitySecretKey: "b1".repeat(32) };

export const exampleManifest: ManifestInputs = {
  ...bob,
  deviceSecretKey: "b2".repeat(32),
  protocolVersions: [2],
  signedPrekeySecretKey: "b3".repeat(32),
  signedPrekeyDay: 20_781,
  sequence: 1,
  previousHash: "00".repeat(32),
  lastResortKemPrekeySeed: "b6".repeat(64),
};

export const exampleKemPrekey: KemPrekeyInputs = { ...bob, oneTimeKemPrekeySeed: "b7".repeat(64) };

export const exampleHandshake: HandshakeInputs = {
  initiator: { username: "alice", device: 1, identitySecretKey: "a1".repeat(32) },
  responder: {
    ...bob,
    signedPrekeySecretKey: exampleManifest.signedPrekeySecretKey,
    oneTimePrekeySecretKey: "b4".repeat(32),
  },
  ephemeralSecretKey: "a4".repeat(32),
  generation: 1_795_500_000,
  kem: {
    lastResortPrekeySeed: "b6".repeat(64),
    oneTimePrekeySeed: exampleKemPrekey.oneTimeKemPrekeySeed,
    encapsulationRandomness: "a7".repeat(32),
  },
};

const text = {
  v: 1,
  conversation: CONVERSATION,
  id: TEXT_ID,
  kind: "text",
  fallback: "Hello Bob",
  text: "Hello Bob",
  sentAt: 1_795_500_000_000,
};

const receipt = {
  v: 1,
  conversation: CONVERSATION,
  id: RECEIPT_ID,
  kind: "receipt",
  fallback: "",
  delivered: [TEXT_ID],
  read: [],
};

export const exampleConversation: ConversationInputs = {
  handshake: exampleHandshake,
  initiatorRatchetSecretKey: "a5".repeat(32),
  events: [
    { action: "send", by: "initiator", text: JSON.stringify(text), padded: true, nonce: "a6".repeat(12) },
    { action: "receive", by: "responder", message: 0, ratchetSecretKey: "b5".repeat(32) },
    { action: "send", by: "responder", text: JSON.stringify(receipt), padded: true, nonce: "b8".repeat(12) },
  ],
};
