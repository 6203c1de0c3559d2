/** The vector files: their names, and their contents as computed by this code. */
import { hex } from "../../web/protocol/testing/hex.ts";
import { backups, computeBackup } from "./compute-backup.ts";
import { computeCrossedStarts } from "./compute-crossed-starts.ts";
import { type ConversationInputs, computeConversation } from "./compute-double-ratchet.ts";
import { computeComparisons, computeLibsignal, computeSafetyNumber } from "./compute-safety-number.ts";
import {
  acceptsManifest,
  computeIdentityChange,
  computeKemPrekey,
  computeKemPrekeyIds,
  computeLive,
  computeManifest,
  computePadding,
  computePrekeyIds,
  computeRequestSignature,
  computeUnpadding,
} from "./compute-statements.ts";
import { computeX3dh, x25519KeyPair } from "./compute-x3dh.ts";
import { comparison, libsignal, safetyNumbers, screens } from "./inputs-safety.ts";
import {
  firstManifest,
  identityChanges,
  kemPrekeys,
  liveSockets,
  paddedBytes,
  paddings,
  requests,
  secondManifest,
  thirdManifest,
} from "./inputs-statements.ts";
import * as v1 from "./inputs-v1.ts";
import * as v2 from "./inputs-v2.ts";
import {
  exampleConversation,
  exampleHandshake,
  exampleKemPrekey,
  exampleManifest,
  WORKED_EXAMPLE,
} from "./inputs-worked-example.ts";

interface Named<Inputs> {
  readonly name: string;
  readonly inputs: Inputs;
}

/** Every case with what is computed from its inputs. */
async function cases<Inputs, Outputs>(
  named: readonly Named<Inputs>[],
  compute: (inputs: Inputs) => Outputs | Promise<Outputs>,
) {
  return await Promise.all(named.map(async ({ name, inputs }) => ({ name, inputs, outputs: await compute(inputs) })));
}

async function doubleRatchet(conversations: readonly Named<ConversationInputs>[]) {
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

async function crossedStarts() {
  return await Promise.all(
    v2.crossedStarts.map(async ({ name, inputs }) => {
      const outputs = await computeCrossedStarts(inputs);
      const { events, ...rest } = inputs;
      return { name, inputs: rest, events: events.map((event, index) => ({ ...event, outputs: outputs[index] })) };
    }),
  );
}

async function safetyNumber() {
  const { people, digits } = libsignal;
  const outputs = computeLibsignal(...people);
  if (outputs.digits !== digits) throw new Error("libsignal publishes other digits");
  const [theirs = "", ...others] = screens.map((screen) => computeSafetyNumber(screen).code);
  const scanned = [theirs, ...others, theirs.replace(":1:", ":2:"), theirs.toLowerCase(), theirs.slice(0, -1)];
  return {
    cases: await cases(safetyNumbers, computeSafetyNumber),
    comparisons: { inputs: comparison, scanned: computeComparisons(comparison, scanned) },
    libsignal: { people, outputs },
  };
}

const KEM_FIELD_DIGITS = 2 * (2 + 1184);

async function manifest() {
  const first = await computeManifest(firstManifest);
  const secondInputs = secondManifest(first.statementHash);
  const second = await computeManifest(secondInputs);
  const thirdInputs = thirdManifest(second.statementHash);
  const third = await computeManifest(thirdInputs);
  const { statement } = first;
  const untilKem = third.statement.slice(0, -KEM_FIELD_DIGITS);
  const kemPrekey = third.statement.slice(4 - KEM_FIELD_DIGITS);
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
    { why: "protocol version 2 without a last-resort KEM prekey", statement: `${untilKem}0000` },
    { why: "last-resort KEM prekey of 1,183 bytes", statement: `${untilKem}049f${kemPrekey.slice(2)}` },
    { why: "last-resort KEM prekey of 1,185 bytes", statement: `${untilKem}04a1${kemPrekey}00` },
  ];
  const accepted = malformed.find((each) => each.statement === statement || acceptsManifest(each.statement));
  if (accepted !== undefined) throw new Error(`accepted or unchanged: ${accepted.why}`);
  return {
    manifests: [
      { name: "the first", inputs: firstManifest, outputs: first },
      { name: "the second, which names the first, with protocol version 2", inputs: secondInputs, outputs: second },
      { name: "the third, of protocol version 2 only", inputs: thirdInputs, outputs: third },
      { name: WORKED_EXAMPLE, inputs: exampleManifest, outputs: await computeManifest(exampleManifest) },
    ],
    malformed,
  };
}

async function padding() {
  return {
    pad: await Promise.all(paddings.map(async (inputs) => ({ inputs, outputs: await computePadding(inputs) }))),
    unpad: paddedBytes.map((padded) => ({ padded, content: computeUnpadding(padded) })),
  };
}

async function prekeyIds() {
  const { responder } = v1.handshakes[0]?.inputs ?? {};
  const { kem } = v2.handshakes[0]?.inputs ?? {};
  if (responder === undefined || kem === undefined) throw new Error("there is no handshake");
  const secretKeys = [responder.signedPrekeySecretKey, responder.oneTimePrekeySecretKey].filter((key) => key !== null);
  const seeds = [kem.lastResortPrekeySeed, kem.oneTimePrekeySeed].filter((seed) => seed !== null);
  return {
    cases: await Promise.all(
      secretKeys.map(async (secretKey) => {
        const publicKey = hex(x25519KeyPair(secretKey).publicKey);
        return { publicKey, ids: await computePrekeyIds(publicKey) };
      }),
    ),
    kemCases: await Promise.all(seeds.map(async (seed) => ({ seed, ...(await computeKemPrekeyIds(seed)) }))),
  };
}

/** Every file by name, as the text that belongs in it. */
export async function vectorDocuments(): Promise<ReadonlyMap<string, string>> {
  const example = { name: WORKED_EXAMPLE };
  const contents = {
    "x3dh-v1.json": { protocol: "X3DH, Sotto protocol version 1", cases: await cases(v1.handshakes, computeX3dh) },
    "pqxdh-v2.json": {
      protocol: "PQXDH, Sotto protocol version 2",
      cases: await cases([...v2.handshakes, { ...example, inputs: exampleHandshake }], computeX3dh),
    },
    "double-ratchet-v1.json": {
      protocol: "Double Ratchet, Sotto protocol version 1",
      cases: await doubleRatchet(v1.conversations),
    },
    "double-ratchet-v2.json": {
      protocol: "Double Ratchet, Sotto protocol version 2",
      cases: await doubleRatchet([...v2.conversations, { ...example, inputs: exampleConversation }]),
    },
    "crossed-starts-v2.json": {
      protocol: "several sessions of two people, Sotto protocol version 2",
      cases: await crossedStarts(),
    },
    "safety-number-v1.json": {
      protocol: "safety numbers, SOTTO:1",
      ...(await safetyNumber()),
    },
    "manifest-v1.json": { protocol: "sotto/prekey-manifest/v1", ...(await manifest()) },
    "kem-prekey-v1.json": {
      protocol: "sotto/kem-prekey/v1",
      cases: await cases([...kemPrekeys, { ...example, inputs: exampleKemPrekey }], computeKemPrekey),
    },
    "identity-change-v1.json": {
      protocol: "sotto/identity-change/v1",
      cases: await cases(identityChanges, computeIdentityChange),
    },
    "request-signature-v1.json": {
      protocol: "sotto/request/v1 (RFC 9421)",
      cases: await cases(requests, computeRequestSignature),
    },
    "live-v1.json": {
      protocol: "sotto/live/v1",
      cases: liveSockets.map((inputs) => ({ inputs, outputs: computeLive(inputs) })),
    },
    "backup-v1.json": { protocol: "backup files, version 1", cases: await cases(backups, computeBackup) },
    "padding-v1.json": { protocol: "padding to buckets, Sotto protocol version 1", ...(await padding()) },
    "prekey-id-v1.json": { protocol: "prekey ids, Sotto protocol versions 1 and 2", ...(await prekeyIds()) },
  };
  return new Map(
    Object.entries(contents).map(([name, content]) => [name, `${JSON.stringify(content, null, 2)}\n`] as const),
  );
}
