/** X3DH with every intermediate value, computed by both roles from secret keys in hexadecimal. */
import { concat } from "../../web/protocol/bytes.ts";
import {
  generateIdentityKeyPair,
  generateX25519KeyPair,
  identityToX25519,
  type X25519KeyPair,
} from "../../web/protocol/keys.ts";
import { type VerifiedPrekeyBundle, verifyPrekeyBundle } from "../../web/protocol/prekey-bundle.ts";
import { prekeyId } from "../../web/protocol/prekeys.ts";
import { beginSession } from "../../web/protocol/session.ts";
import { signStatement } from "../../web/protocol/signature.ts";
import { suiteV1 } from "../../web/protocol/suite.ts";
import { fromHex, hex } from "../../web/protocol/testing/hex.ts";
import { scriptRandomBytes } from "../../web/protocol/testing/random.ts";
import { type OurParty, respondX3dh } from "../../web/protocol/x3dh.ts";

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
}

/** An X25519 key pair from the 32 bytes its secret key is made of. */
export function x25519KeyPair(secretKey: string): X25519KeyPair {
  return generateX25519KeyPair(scriptRandomBytes(fromHex(secretKey)).randomBytes);
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

/** The people of a handshake: who they are, and the responder's prekeys. */
export function people(inputs: HandshakeInputs) {
  const { signedPrekeySecretKey, oneTimePrekeySecretKey } = inputs.responder;
  return {
    initiator: party(inputs.initiator),
    responder: party(inputs.responder),
    signedPrekey: x25519KeyPair(signedPrekeySecretKey),
    oneTimePrekey: oneTimePrekeySecretKey === null ? null : x25519KeyPair(oneTimePrekeySecretKey),
  };
}

/** What the initiator fetched and checked. The manifest has vectors of its own; here any signed statement will do. */
export function bundleFor(inputs: HandshakeInputs): VerifiedPrekeyBundle {
  const { initiator, responder, signedPrekey, oneTimePrekey } = people(inputs);
  const statement = new Uint8Array(1);
  return verifyPrekeyBundle({
    bundle: {
      manifest: {
        statement,
        username: responder.username,
        device: responder.device,
        identityKey: responder.identity.publicKey,
        signedPrekey: signedPrekey.publicKey,
        signedPrekeyDay: 0,
        protocolVersions: [1],
      },
      signature: signStatement(responder.identity.secretKey, statement),
      oneTimePrekey: oneTimePrekey?.publicKey ?? null,
    },
    username: responder.username,
    device: responder.device,
    version: 1,
    ourIdentityKey: initiator.identity.publicKey,
    today: 0,
  });
}

/** Runs both roles and returns every value; throws when the two sides disagree. */
export async function computeX3dh(inputs: HandshakeInputs) {
  const { initiator, responder, signedPrekey, oneTimePrekey } = people(inputs);
  const script = scriptRandomBytes(concat(fromHex(inputs.ephemeralSecretKey), new Uint8Array(32).fill(1)));
  const begun = await beginSession({
    suite: suiteV1,
    us: initiator,
    bundle: bundleFor(inputs),
    generation: inputs.generation,
    randomBytes: script.randomBytes,
  });
  script.requireSpent();
  const { session, handshake } = begun;
  if (session.phase !== "awaiting-first-reply") throw new Error("a begun session awaits its first reply");
  const { context, diffieHellmanResults, sharedSecret, associatedData } = handshake;
  const responded = await respondX3dh({
    suite: suiteV1,
    us: responder,
    initiator: context.initiator,
    ephemeralKey: context.ephemeralKey,
    signedPrekey,
    oneTimePrekey,
  });
  const [dh1, dh2, dh3, dh4] = diffieHellmanResults.map(hex);
  const values = { dh1, dh2, dh3, dh4: dh4 ?? null, sharedSecret: hex(sharedSecret) };
  const [their1, their2, their3, their4] = responded.diffieHellmanResults.map(hex);
  const theirValues = {
    dh1: their1,
    dh2: their2,
    dh3: their3,
    dh4: their4 ?? null,
    sharedSecret: hex(responded.sharedSecret),
  };
  if (JSON.stringify(values) !== JSON.stringify(theirValues)) throw new Error("the two roles disagree");
  return {
    initiatorIdentityKey: hex(initiator.identity.publicKey),
    initiatorIdentityX25519: hex(identityToX25519(initiator.identity).publicKey),
    responderIdentityKey: hex(responder.identity.publicKey),
    responderIdentityX25519: hex(identityToX25519(responder.identity).publicKey),
    signedPrekey: hex(signedPrekey.publicKey),
    signedPrekeyId: hex(await prekeyId("signed", signedPrekey.publicKey)),
    oneTimePrekey: oneTimePrekey === null ? null : hex(oneTimePrekey.publicKey),
    oneTimePrekeyId: oneTimePrekey === null ? null : hex(await prekeyId("one-time", oneTimePrekey.publicKey)),
    ephemeralKey: hex(context.ephemeralKey),
    ...values,
    inputKeyMaterial: hex(concat(suiteV1.x3dhPrefix, ...diffieHellmanResults)),
    info: hex(suiteV1.x3dhInfo(context)),
    associatedData: hex(associatedData),
    initialHeader: hex(session.initialHeader),
    transcriptHash: hex(session.transcriptHash),
  };
}
