import { describe, expect, it } from "vitest";
import type { ConversationEvent, ConversationInputs, computeConversation } from "./compute-double-ratchet.ts";
import type { computeX3dh, HandshakeInputs } from "./compute-x3dh.ts";
import { decrypt, encrypt, initAlice, initBob, publicKeyOf, type ReferenceState } from "./reference.ts";
import { bytes, type Case, type Outputs, readVectors } from "./reference-files.ts";
import { handshake, prekeyId, sha256 } from "./reference-handshake.ts";

type HandshakeCase = Case<HandshakeInputs, Outputs<typeof computeX3dh>>;

describe.each([
  ["X3DH", "x3dh-v1.json", 1],
  ["PQXDH", "pqxdh-v2.json", 2],
])("the %s vectors", (_name, fileName, version) => {
  const file: { readonly cases: readonly HandshakeCase[] } = JSON.parse(readVectors(fileName));

  it.each(file.cases)("$name: another implementation finds the same", ({ inputs, outputs }) => {
    const computed = handshake(inputs);
    const { dh1, dh2, dh3, dh4 } = outputs;
    expect(computed.version).toBe(version);
    expect(computed.results.map((result) => result.toString("hex"))).toEqual(
      [dh1, dh2, dh3, dh4].filter((result) => result !== null),
    );
    expect(computed.keyMaterial.toString("hex")).toBe(outputs.inputKeyMaterial);
    expect(computed.info.toString("hex")).toBe(outputs.info);
    expect(computed.sharedSecret.toString("hex")).toBe(outputs.sharedSecret);
    expect(computed.associatedData.toString("hex")).toBe(outputs.associatedData);
    expect(computed.initialHeader.toString("hex")).toBe(outputs.initialHeader);
    expect(computed.transcriptHash.toString("hex")).toBe(outputs.transcriptHash);
  });
});

describe("the PQXDH vectors", () => {
  const file: { readonly cases: readonly HandshakeCase[] } = JSON.parse(readVectors("pqxdh-v2.json"));

  it.each(file.cases)("$name: another implementation finds the KEM's part", ({ inputs, outputs }) => {
    const { kem, initialHeader } = handshake(inputs);
    if (kem === null) throw new Error("a handshake of version 2 has a KEM's part");
    expect(outputs).toMatchObject({
      kemPrekeyType: kem.type,
      kemPrekeySha256: sha256(kem.publicKey).toString("hex"),
      kemPrekeyId: prekeyId(kem.type, kem.publicKey).toString("hex"),
      kemCiphertextSha256: sha256(kem.ciphertext).toString("hex"),
      kemSharedSecret: kem.secret.toString("hex"),
    });
    expect(initialHeader).toHaveLength(inputs.responder.oneTimePrekeySecretKey === null ? 1193 : 1209);
  });

  it("depend on every input of the KEM", () => {
    const inputs = file.cases[0]?.inputs;
    if (inputs?.kem === undefined) throw new Error("there is no handshake");
    const { kem } = inputs;
    const changed = [
      { ...kem, encapsulationRandomness: "00".repeat(32) },
      { ...kem, oneTimePrekeySeed: kem.lastResortPrekeySeed },
      { ...kem, oneTimePrekeySeed: null },
    ];
    const secrets = [kem, ...changed].map((each) => handshake({ ...inputs, kem: each }).sharedSecret.toString("hex"));
    expect(new Set(secrets).size).toBe(4);
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

/** Padding of docs/protocol.md, section 9.1. */
function pad(content: Buffer): Buffer {
  let length = 256;
  while (length <= content.length) length *= 2;
  return Buffer.concat([content, Buffer.of(0x80), Buffer.alloc(length - content.length - 1)]);
}

describe.each(["double-ratchet-v1.json", "double-ratchet-v2.json"])("the Double Ratchet vectors of %s", (fileName) => {
  type Inputs = Omit<ConversationInputs, "events">;
  type Event = ConversationEvent & { readonly outputs: Conversation["outputs"][number] };
  const file: {
    readonly cases: readonly {
      readonly name: string;
      readonly inputs: Inputs;
      readonly start: Conversation["start"];
      readonly events: readonly Event[];
    }[];
  } = JSON.parse(readVectors(fileName));

  it.each(file.cases)("$name: another implementation finds the same", ({ inputs, start, events }) => {
    const { version, sharedSecret, associatedData: ad, ...begun } = handshake(inputs.handshake);
    const theirSignedPrekey = begun.signedPrekey;
    const ratchetSecretKey = bytes(inputs.initiatorRatchetSecretKey);
    const states = {
      initiator: initAlice({ version, sharedSecret, theirSignedPrekey, ratchetSecretKey }),
      responder: initBob(version, sharedSecret, bytes(inputs.handshake.responder.signedPrekeySecretKey)),
    };
    expect({ initiator: spell(states.initiator), responder: spell(states.responder) }).toEqual({
      initiator: start.initiator,
      responder: start.responder,
    });
    let answered = false;
    const sent: ReturnType<typeof encrypt>[] = [];
    for (const event of events) {
      if (event.action === "send") {
        const text = Buffer.from(event.text);
        const message = encrypt(states[event.by], {
          plaintext: event.padded === true ? pad(text) : text,
          nonce: bytes(event.nonce),
          ad,
          initialHeader: event.by === "initiator" && !answered ? begun.initialHeader : null,
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
