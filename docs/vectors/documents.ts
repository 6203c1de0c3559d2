/** The vector files: their names, and their contents as computed by this code. */
import { sha256 } from "@noble/hashes/sha2.js";
import { fromHex, hex } from "../../web/protocol/testing/hex.ts";
import { computeConversation } from "./compute-double-ratchet.ts";
import {
  acceptsManifest,
  computeLive,
  computeManifest,
  computePadding,
  computePrekeyIds,
  computeRequestSignature,
  computeUnpadding,
} from "./compute-statements.ts";
import { computeX3dh, x25519KeyPair } from "./compute-x3dh.ts";
import {
  conversations,
  firstManifest,
  handshakes,
  liveSockets,
  paddedBytes,
  paddings,
  requests,
  secondManifest,
} from "./inputs.ts";

async function x3dh() {
  return await Promise.all(
    handshakes.map(async ({ name, inputs }) => ({ name, inputs, outputs: await computeX3dh(inputs) })),
  );
}

async function doubleRatchet() {
  return await Promise.all(
    conversations.map(async ({ name, inputs }) => {
      const { start, outputs } = await computeConversation(inputs);
      const { events, ...rest } = inputs;
      return {
        name,
        inputs: rest,
        start,
        events: events.map((event, index) => ({ ...event, outputs: outputs[index] })),
      };
    }),
  );
}

async function manifest() {
  const first = await computeManifest(firstManifest);
  const secondInputs = secondManifest(hex(sha256(fromHex(first.statement))));
  const second = await computeManifest(secondInputs);
  const { statement } = first;
  const malformed = [
    { why: "one byte short", statement: statement.slice(0, -2) },
    { why: "one byte too many", statement: `${statement}00` },
    { why: "another label", statement: statement.replace("76310003", "76320003") },
    { why: "username in upper case", statement: statement.replace("0003626f62", "0003426f62") },
    { why: "username too short", statement: statement.replace("0003626f62", "0002626f") },
    { why: "device 0", statement: statement.replace("0003626f6200000001", "0003626f6200000000") },
    {
      why: "no protocol version",
      statement: statement.replace(`0101${first.signedPrekey}`, `00${first.signedPrekey}`),
    },
    {
      why: "protocol versions not ascending",
      statement: statement.replace(`0101${first.signedPrekey}`, `020201${first.signedPrekey}`),
    },
    { why: "sequence 0", statement: statement.replace("0000000000000001", "0000000000000000") },
    { why: "sequence 2^53", statement: statement.replace("0000000000000001", "0020000000000000") },
  ];
  const accepted = malformed.find((each) => each.statement === statement || acceptsManifest(each.statement));
  if (accepted !== undefined) throw new Error(`accepted or unchanged: ${accepted.why}`);
  return {
    manifests: [
      { name: "the first", inputs: firstManifest, outputs: first },
      { name: "the second, which names the first", inputs: secondInputs, outputs: second },
    ],
    malformed,
  };
}

async function requestSignature() {
  return await Promise.all(
    requests.map(async ({ name, inputs }) => ({ name, inputs, outputs: await computeRequestSignature(inputs) })),
  );
}

async function padding() {
  return {
    pad: await Promise.all(paddings.map(async (inputs) => ({ inputs, outputs: await computePadding(inputs) }))),
    unpad: paddedBytes.map((padded) => ({ padded, content: computeUnpadding(padded) })),
  };
}

async function prekeyIds() {
  const { responder } = handshakes[0]?.inputs ?? {};
  if (responder === undefined) throw new Error("there is no handshake");
  const secretKeys = [responder.signedPrekeySecretKey, responder.oneTimePrekeySecretKey].filter((key) => key !== null);
  return await Promise.all(
    secretKeys.map(async (secretKey) => {
      const publicKey = hex(x25519KeyPair(secretKey).publicKey);
      return { publicKey, ids: await computePrekeyIds(publicKey) };
    }),
  );
}

/** Every file by name, as the text that belongs in it. */
export async function vectorDocuments(): Promise<ReadonlyMap<string, string>> {
  const contents = {
    "x3dh-v1.json": { protocol: "X3DH, Sotto protocol version 1", cases: await x3dh() },
    "double-ratchet-v1.json": { protocol: "Double Ratchet, Sotto protocol version 1", cases: await doubleRatchet() },
    "manifest-v1.json": { protocol: "sotto/prekey-manifest/v1", ...(await manifest()) },
    "request-signature-v1.json": { protocol: "sotto/request/v1 (RFC 9421)", cases: await requestSignature() },
    "live-v1.json": {
      protocol: "sotto/live/v1",
      cases: liveSockets.map((inputs) => ({ inputs, outputs: computeLive(inputs) })),
    },
    "padding-v1.json": { protocol: "padding to buckets, Sotto protocol version 1", ...(await padding()) },
    "prekey-id-v1.json": { protocol: "prekey ids, Sotto protocol version 1", cases: await prekeyIds() },
  };
  return new Map(
    Object.entries(contents).map(([name, content]) => [name, `${JSON.stringify(content, null, 2)}\n`] as const),
  );
}
