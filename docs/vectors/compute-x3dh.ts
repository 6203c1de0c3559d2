/**
 * X3DH, and PQXDH where the inputs have a KEM's part, with every intermediate value, computed by both roles from secret
 * keys in hexadecimal.
 */
import { kemPrekeyStatement } from "../../relay/wire/key-statements.ts";
import { concat } from "../../web/protocol/bytes.ts";
import { sha256 } from "../../web/protocol/kdf.ts";
import type { KemKeyPair } from "../../web/protocol/kem.ts";
import {
  generateIdentityKeyPair,
  generateX25519KeyPair,
  identityToX25519,
  type X25519KeyPair,
} from "../../web/protocol/keys.ts";
import { type VerifiedPrekeyBundle, verifyPrekeyBundle } from "../../web/protocol/prekey-bundle.ts";
import { type KemPrekeyType, PREKEY_TYPE, prekeyId } from "../../web/protocol/prekeys.ts";
import { type BegunSession, beginSession } from "../../web/protocol/session.ts";
import { signStatement } from "../../web/protocol/signature.ts";
import { type Suite, suiteV1, suiteV2 } from "../../web/protocol/suite.ts";
import { fromHex, hex } from "../../web/protocol/testing/hex.ts";
import { kemKeyPair as makeKemKeyPair } from "../../web/protocol/testing/kem-keys.ts";
import { scriptRandomBytes } from "../../web/protocol/testing/random.ts";
import { type OurParty, respondX3dh, type X3dhResult } from "../../web/protocol/x3dh.ts";

export interface HandshakeInputs {
  readonly initiator: { readonly username: string; readonly device: number; readonly identitySecretKey: string };
  readonly responder: {
    readonly username: string;
    readonly device: number;
    readonly identitySecretKey: string;
    readonly signedPrekeySecretKey: string;
    readonly oneTimePrekeySecretKey: string | null;
  };
  readonly ephemeralSecretKey: string;
  readonly generation: number;
  /** Protocol version 2 only: the responder's KEM prekeys as seeds, and what the initiator draws to encapsulate. */
  readonly kem?: {
    readonly lastResortPrekeySeed: string;
    readonly oneTimePrekeySeed: string | null;
    readonly encapsulationRandomness: string;
  };
}

/** An X25519 key pair from the 32 bytes its secret key is made of. */
export function x25519KeyPair(secretKey: string): X25519KeyPair {
  return generateX25519KeyPair(scriptRandomBytes(fromHex(secretKey)).randomBytes);
}

/** An ML-KEM-768 key pair from its 64-byte seed. */
export function kemKeyPair(seed: string): KemKeyPair {
  return makeKemKeyPair(scriptRandomBytes(fromHex(seed)).randomBytes);
}

function party(inputs: {
  readonly username: string;
  readonly device: number;
  readonly identitySecretKey: string;
}): OurParty {
  const { username, device, identitySecretKey } = inputs;
  const { randomBytes } = scriptRandomBytes(fromHex(identitySecretKey));
  return { username, device, identity: generateIdentityKeyPair(randomBytes) };
}

/** The suite in which a handshake is made: with a KEM's part that of version 2, without one that of version 1. */
export function suiteOf({ kem }: HandshakeInputs): Suite {
  return kem === undefined ? suiteV1 : suiteV2;
}

/** The people of a handshake: who they are, and the responder's prekeys that it uses. */
export function people(inputs: HandshakeInputs) {
  const { signedPrekeySecretKey, oneTimePrekeySecretKey } = inputs.responder;
  return {
    initiator: party(inputs.initiator),
    responder: party(inputs.responder),
    signedPrekey: x25519KeyPair(signedPrekeySecretKey),
    oneTimePrekey: oneTimePrekeySecretKey === null ? null : x25519KeyPair(oneTimePrekeySecretKey),
    kemPrekey: usedKemPrekey(inputs),
  };
}

function usedKemPrekey({
  kem,
}: HandshakeInputs): { readonly type: KemPrekeyType; readonly keyPair: KemKeyPair } | null {
  if (kem === undefined) return null;
  const { oneTimePrekeySeed, lastResortPrekeySeed } = kem;
  return oneTimePrekeySeed === null
    ? { type: "last-resort-kem", keyPair: kemKeyPair(lastResortPrekeySeed) }
    : { type: "one-time-kem", keyPair: kemKeyPair(oneTimePrekeySeed) };
}

/** What the initiator fetched and checked. The manifest has vectors of its own; here any signed statement will do. */
function bundleFor(inputs: HandshakeInputs): VerifiedPrekeyBundle {
  const { initiator, responder, signedPrekey, oneTimePrekey } = people(inputs);
  const { kem } = inputs;
  const { username, device, identity } = responder;
  const suite = suiteOf(inputs);
  const statement = new Uint8Array(1);
  return verifyPrekeyBundle({
    bundle: {
      manifest: {
        statement,
        username,
        device,
        identityKey: identity.publicKey,
        signedPrekey: signedPrekey.publicKey,
        signedPrekeyDay: 0,
        protocolVersions: [suite.version],
        lastResortKemPrekey: kem === undefined ? new Uint8Array() : kemKeyPair(kem.lastResortPrekeySeed).publicKey,
      },
      signature: signStatement(identity.secretKey, statement),
      oneTimePrekey: oneTimePrekey?.publicKey ?? null,
      oneTimeKemPrekey: oneTimeKemPrekey(responder, kem?.oneTimePrekeySeed ?? null),
    },
    username,
    device,
    suite,
    ourIdentityKey: initiator.identity.publicKey,
    today: 0,
  });
}

function oneTimeKemPrekey({ username, device, identity }: OurParty, seed: string | null) {
  if (seed === null) return null;
  const { publicKey } = kemKeyPair(seed);
  const statement = kemPrekeyStatement({ username, device, publicKey });
  return { publicKey, statement, signature: signStatement(identity.secretKey, statement) };
}

/**
 * Begins a session as initiator, drawing the ephemeral secret key, in version 2 the randomness of the encapsulation,
 * and the first ratchet key, in this order and nothing else.
 */
export async function begin(inputs: HandshakeInputs, ratchetSecretKey: string): Promise<BegunSession> {
  const { ephemeralSecretKey, kem, generation } = inputs;
  const draws = scriptRandomBytes(
    fromHex(ephemeralSecretKey + (kem?.encapsulationRandomness ?? "") + ratchetSecretKey),
  );
  const begun = await beginSession({
    suite: suiteOf(inputs),
    us: people(inputs).initiator,
    bundle: bundleFor(inputs),
    generation,
    randomBytes: draws.randomBytes,
  });
  draws.requireSpent();
  return begun;
}

/** Runs both roles and returns every value; throws when the two sides disagree. */
export async function computeX3dh(inputs: HandshakeInputs) {
  const { initiator, responder, signedPrekey, oneTimePrekey, kemPrekey } = people(inputs);
  const suite = suiteOf(inputs);
  const { session, handshake } = await begin(inputs, "01".repeat(32));
  if (session.phase !== "awaiting-first-reply") throw new Error("a begun session awaits its first reply");
  const { context, diffieHellmanResults, kemSharedSecret, associatedData } = handshake;
  const responded = await respondX3dh({
    suite,
    us: responder,
    initiator: context.initiator,
    ephemeralKey: context.ephemeralKey,
    signedPrekey,
    oneTimePrekey,
    kem: kemPrekey && context.kem && { ...kemPrekey, ciphertext: context.kem.ciphertext },
  });
  const values = secretValues(handshake);
  if (JSON.stringify(values) !== JSON.stringify(secretValues(responded))) throw new Error("the two roles disagree");
  return {
    initiatorIdentityKey: hex(initiator.identity.publicKey),
    initiatorIdentityX25519: hex(identityToX25519(initiator.identity).publicKey),
    responderIdentityKey: hex(responder.identity.publicKey),
    responderIdentityX25519: hex(identityToX25519(responder.identity).publicKey),
    signedPrekey: hex(signedPrekey.publicKey),
    signedPrekeyId: hex(await prekeyId("signed", signedPrekey.publicKey)),
    oneTimePrekey: oneTimePrekey === null ? null : hex(oneTimePrekey.publicKey),
    oneTimePrekeyId: oneTimePrekey === null ? null : hex(await prekeyId("one-time", oneTimePrekey.publicKey)),
    ...(await kemValues(handshake)),
    ephemeralKey: hex(context.ephemeralKey),
    ...values,
    inputKeyMaterial: hex(
      concat(suite.x3dhPrefix, ...diffieHellmanResults, ...(kemSharedSecret === null ? [] : [kemSharedSecret])),
    ),
    info: hex(await suite.x3dhInfo(context)),
    associatedData: hex(associatedData),
    initialHeader: hex(session.initialHeader),
    transcriptHash: hex(session.transcriptHash),
  };
}

function secretValues({ diffieHellmanResults, kemSharedSecret, sharedSecret }: X3dhResult) {
  const [dh1, dh2, dh3, dh4] = diffieHellmanResults.map(hex);
  const kem = kemSharedSecret === null ? {} : { kemSharedSecret: hex(kemSharedSecret) };
  return { dh1, dh2, dh3, dh4: dh4 ?? null, ...kem, sharedSecret: hex(sharedSecret) };
}

/** The KEM's public values, the long ones by their hashes, as in info. */
async function kemValues({ context: { kem } }: X3dhResult) {
  if (kem === null) return {};
  return {
    kemPrekeyType: PREKEY_TYPE[kem.type],
    kemPrekeySha256: hex(await sha256(kem.publicKey)),
    kemPrekeyId: hex(await prekeyId(kem.type, kem.publicKey)),
    kemCiphertextSha256: hex(await sha256(kem.ciphertext)),
  };
}
