import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { ConversationEvent, ConversationInputs, computeConversation } from "./compute-double-ratchet.ts";
import type { computeX3dh, HandshakeInputs } from "./compute-x3dh.ts";
import {
  decrypt,
  dh,
  encrypt,
  hkdf,
  identityX25519,
  initAlice,
  initBob,
  lp,
  publicKeyOf,
  type ReferenceState,
  uint32,
} from "./reference.ts";

interface Case<Inputs, Outputs> {
  readonly name: string;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
}
type Outputs<Compute extends (...inputs: never[]) => unknown> = Awaited<ReturnType<Compute>>;

function read(name: string): string {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

const bytes = (text: string) => Buffer.from(text, "hex");

/** X3DH from the inputs alone, by the initiator's secret keys and the responder's public ones. */
function handshake({ initiator, responder, ephemeralSecretKey, generation }: HandshakeInputs) {
  const [seedA, seedB] = [bytes(initiator.identitySecretKey), bytes(responder.identitySecretKey)];
  const [identityKeyA, identityKeyB] = [publicKeyOf("ed25519", seedA), publicKeyOf("ed25519", seedB)];
  const identityB = publicKeyOf("x25519", identityX25519(seedB));
  const signedPrekey = publicKeyOf("x25519", bytes(responder.signedPrekeySecretKey));
  const secret = responder.oneTimePrekeySecretKey;
  const oneTimePrekey = secret === null ? null : publicKeyOf("x25519", bytes(secret));
  const ephemeral = bytes(ephemeralSecretKey);
  const ephemeralKey = publicKeyOf("x25519", ephemeral);
  const results = [dh(identityX25519(seedA), signedPrekey), dh(ephemeral, identityB), dh(ephemeral, signedPrekey)];
  if (oneTimePrekey !== null) results.push(dh(ephemeral, oneTimePrekey));
  const party = (username: string, device: number, key: Buffer) =>
    Buffer.concat([lp(username), uint32(device), lp(key)]);
  const info = Buffer.concat([
    lp("sotto/x3dh/v1"),
    party(initiator.username, initiator.device, identityKeyA),
    party(responder.username, responder.device, identityKeyB),
    lp(signedPrekey),
    lp(oneTimePrekey ?? Buffer.alloc(0)),
    lp(ephemeralKey),
  ]);
  const prekeyId = (type: number, key: Buffer) =>
    createHash("sha256").update(Buffer.of(type)).update(key).digest().subarray(0, 16);
  const generationBytes = Buffer.alloc(8);
  generationBytes.writeBigUInt64BE(BigInt(generation));
  const keyMaterial = Buffer.concat([Buffer.alloc(32, 0xff), ...results]);
  return {
    results,
    info,
    sharedSecret: hkdf(Buffer.alloc(32), keyMaterial, info, 32),
    associatedData: Buffer.concat([
      identityKeyA,
      identityKeyB,
      lp(initiator.username),
      uint32(initiator.device),
      lp(responder.username),
      uint32(responder.device),
    ]),
    initialHeader: Buffer.concat([
      identityKeyA,
      ephemeralKey,
      prekeyId(1, signedPrekey),
      oneTimePrekey === null ? Buffer.of(0) : Buffer.concat([Buffer.of(1), prekeyId(2, oneTimePrekey)]),
      generationBytes,
    ]),
    signedPrekey,
  };
}

describe("the X3DH vectors", () => {
  const file: { readonly cases: readonly Case<HandshakeInputs, Outputs<typeof computeX3dh>>[] } = JSON.parse(
    read("x3dh-v1.json"),
  );

  it.each(file.cases)("$name: another implementation finds the same", ({ inputs, outputs }) => {
    const { results, info, sharedSecret, associatedData, initialHeader } = handshake(inputs);
    const { dh1, dh2, dh3, dh4 } = outputs;
    expect(results.map((result) => result.toString("hex"))).toEqual([dh1, dh2, dh3, ...(dh4 === null ? [] : [dh4])]);
    expect(info.toString("hex")).toBe(outputs.info);
    expect(sharedSecret.toString("hex")).toBe(outputs.sharedSecret);
    expect(associatedData.toString("hex")).toBe(outputs.associatedData);
    expect(initialHeader.toString("hex")).toBe(outputs.initialHeader);
    expect(createHash("sha256").update(initialHeader).digest("hex")).toBe(outputs.transcriptHash);
  });
});

type Conversation = Outputs<typeof computeConversation>;

/** The reference state as the vectors spell it. */
function spell(state: ReferenceState) {
  const chain = (chainKey: Buffer | null, nextMessageNumber: number) =>
    chainKey === null ? null : { chainKey: chainKey.toString("hex"), nextMessageNumber };
  return {
    rootKey: state.RK.toString("hex"),
    ourRatchetKey: publicKeyOf("x25519", state.DHs).toString("hex"),
    theirRatchetKey: state.DHr?.toString("hex") ?? null,
    sendingChain: chain(state.CKs, state.Ns),
    receivingChain: chain(state.CKr, state.Nr),
    previousChainLength: state.PN,
    skippedMessageKeys: state.MKSKIPPED.map(({ ratchetKey, n, mk }) => ({
      ratchetKey: ratchetKey.toString("hex"),
      messageNumber: n,
      messageKey: mk.toString("hex"),
    })),
  };
}

describe("the Double Ratchet vectors", () => {
  type Inputs = Omit<ConversationInputs, "events">;
  type Event = ConversationEvent & { readonly outputs: Conversation["outputs"][number] };
  const file: {
    readonly cases: readonly {
      readonly name: string;
      readonly inputs: Inputs;
      readonly start: Conversation["start"];
      readonly events: readonly Event[];
    }[];
  } = JSON.parse(read("double-ratchet-v1.json"));

  it.each(file.cases)("$name: another implementation finds the same", ({ inputs, start, events }) => {
    const { sharedSecret, associatedData: ad, initialHeader, signedPrekey } = handshake(inputs.handshake);
    const states = {
      initiator: initAlice(sharedSecret, signedPrekey, bytes(inputs.initiatorRatchetSecretKey)),
      responder: initBob(sharedSecret, bytes(inputs.handshake.responder.signedPrekeySecretKey)),
    };
    expect({ initiator: spell(states.initiator), responder: spell(states.responder) }).toEqual({
      initiator: start.initiator,
      responder: start.responder,
    });
    let answered = false;
    const sent: ReturnType<typeof encrypt>[] = [];
    for (const event of events) {
      if (event.action === "send") {
        const initial = event.by === "initiator" && !answered;
        const type = initial ? [Buffer.of(1, 1), lp(initialHeader)] : [Buffer.of(1, 2)];
        const message = encrypt(states[event.by], {
          plaintext: Buffer.from(event.text),
          nonce: bytes(event.nonce),
          ad,
          prefix: (header) => Buffer.concat([...type, lp(header)]),
        });
        sent.push(message);
        expect(event.outputs).toMatchObject({
          chainKey: message.chainKey.toString("hex"),
          messageKey: message.mk.toString("hex"),
          aeadKey: message.key.toString("hex"),
          header: message.header.toString("hex"),
          associatedData: message.associatedData.toString("hex"),
          ciphertext: message.ciphertext.toString("hex"),
          message: message.message.toString("hex"),
        });
        continue;
      }
      const message = sent[event.message];
      if (message === undefined) throw new Error("nothing was sent under this number");
      const state = { ...states[event.by], MKSKIPPED: [...states[event.by].MKSKIPPED] };
      const drawn = event.ratchetSecretKey === null ? null : bytes(event.ratchetSecretKey);
      if (event.action === "refuse") {
        expect(() => decrypt(state, message, drawn)).toThrow();
        continue;
      }
      const plaintext = decrypt(state, message, drawn);
      states[event.by] = state;
      if (event.by === "initiator") answered = true;
      expect(event.outputs).toMatchObject({ plaintext: plaintext.toString("hex"), state: spell(state) });
    }
  });
});
