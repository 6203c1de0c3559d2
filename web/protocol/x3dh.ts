/**
 * Extended Triple Diffie-Hellman (X3DH, revision 1), and with a suite that has a KEM its post-quantum form (PQXDH,
 * revision 3), both roles.
 *
 *   DH1 = DH(IK_A, SPK_B)   DH2 = DH(EK_A, IK_B)   DH3 = DH(EK_A, SPK_B)   [DH4 = DH(EK_A, OPK_B)]
 *   SK  = HKDF(salt = 32 zero bytes, ikm = F || DH1 || DH2 || DH3 [|| DH4] [|| SS], info, 32)     F = 32 x 0xFF
 *   (CT, SS) = KEM-ENCAPS(PQPK_B)
 *
 * Deviation: `info` is not an application name alone; it binds both names, devices and identity keys, the prekeys used,
 * the ephemeral key and the KEM's ciphertext, so that both sides derive the same secret only if they mean the same
 * handshake (X3DH §4.8, PQXDH §4.10, §4.12).
 * Which prekeys are used up, and when they are deleted, is the caller's part.
 */
import { type Bytes, concat, sameBytes } from "./bytes.ts";
import { hkdf } from "./kdf.ts";
import type { KemKeyPair, KemSharedSecret } from "./kem.ts";
import {
  type DiffieHellmanResult,
  diffieHellman,
  generateX25519KeyPair,
  type IdentityKeyPair,
  identityKeyToX25519,
  identityToX25519,
  type RandomBytes,
  type SharedSecret,
  toSharedSecret,
  type X25519KeyPair,
} from "./keys.ts";
import type { VerifiedKemPrekey, VerifiedPrekeyBundle } from "./prekey-bundle.ts";
import { ProtocolError } from "./protocol-error.ts";
import type { HandshakeContext, KemContext, Party, Suite } from "./suite.ts";

/** DH1 to DH3, and DH4 when there was a one-time prekey. */
export type DiffieHellmanResults = readonly DiffieHellmanResult[];

export interface X3dhResult {
  readonly context: HandshakeContext;
  readonly diffieHellmanResults: DiffieHellmanResults;
  /** SS; null in a suite without a KEM. */
  readonly kemSharedSecret: KemSharedSecret | null;
  readonly sharedSecret: SharedSecret;
  /** AD, which goes into every message of the session. */
  readonly associatedData: Bytes;
}

/** Our end: who we are, with the secret half of our identity. */
export interface OurParty {
  readonly username: string;
  readonly device: number;
  readonly identity: IdentityKeyPair;
}

/** The KEM's part on either side: its public values, and the secret. */
interface KemResult {
  readonly context: KemContext;
  readonly sharedSecret: KemSharedSecret;
}

/** The KEM prekey that an initial header names, with its secret, and the ciphertext that came with it. */
export type ReceivedKem = Omit<KemContext, "publicKey"> & { readonly keyPair: KemKeyPair };

/**
 * The initiator's side (X3DH §3.3, PQXDH §3.3). The ephemeral secret key is used here and kept nowhere. Draws 32 bytes,
 * and 32 more in a suite with a KEM. Throws `bundle-mismatch` when the bundle was checked for another kind of suite.
 */
export async function initiateX3dh(options: {
  readonly suite: Suite;
  readonly us: OurParty;
  readonly bundle: VerifiedPrekeyBundle;
  readonly randomBytes: RandomBytes;
}): Promise<X3dhResult> {
  const { suite, us, bundle } = options;
  const identity = identityToX25519(us.identity);
  const ephemeral = generateX25519KeyPair(options.randomBytes);
  const { signedPrekey, oneTimePrekey } = bundle;
  const diffieHellmanResults = [
    diffieHellman(identity.secretKey, signedPrekey),
    diffieHellman(ephemeral.secretKey, identityKeyToX25519(bundle.identityKey)),
    diffieHellman(ephemeral.secretKey, signedPrekey),
    ...(oneTimePrekey === null ? [] : [diffieHellman(ephemeral.secretKey, oneTimePrekey)]),
  ];
  const responder: Party = { username: bundle.username, device: bundle.device, identityKey: bundle.identityKey };
  const kem = await encapsulate(suite, bundle.kemPrekey, options.randomBytes);
  const context = {
    initiator: toParty(us),
    responder,
    signedPrekey,
    oneTimePrekey,
    ephemeralKey: ephemeral.publicKey,
    kem: kem?.context ?? null,
  };
  return await finishX3dh({ suite, context, diffieHellmanResults, kemSharedSecret: kem?.sharedSecret ?? null });
}

async function encapsulate(
  suite: Suite,
  kemPrekey: VerifiedKemPrekey | null,
  randomBytes: RandomBytes,
): Promise<KemResult | null> {
  if (suite.kem === null) return null;
  if (kemPrekey === null) {
    throw new ProtocolError("bundle-mismatch", `bundle for version ${suite.version} must have a kem prekey, got none`);
  }
  const { ciphertext, sharedSecret } = await suite.kem.encapsulate(kemPrekey.publicKey, randomBytes);
  return { context: { ...kemPrekey, ciphertext }, sharedSecret };
}

/**
 * The responder's side (X3DH §3.4, PQXDH §3.4), with the secret halves of the prekeys that the initial header names.
 * The caller deletes the one-time prekeys in the transaction that stores the first message, and not before it has
 * verified. Throws `own-identity` when the initiator presents our own identity key, `message-malformed` when the KEM's
 * part is missing in a suite that has one.
 */
export async function respondX3dh(options: {
  readonly suite: Suite;
  readonly us: OurParty;
  readonly initiator: Party;
  readonly ephemeralKey: HandshakeContext["ephemeralKey"];
  readonly signedPrekey: X25519KeyPair;
  readonly oneTimePrekey: X25519KeyPair | null;
  /** null in a suite without a KEM. */
  readonly kem: ReceivedKem | null;
}): Promise<X3dhResult> {
  const { suite, us, initiator, ephemeralKey, signedPrekey, oneTimePrekey } = options;
  if (sameBytes(initiator.identityKey, us.identity.publicKey)) {
    throw new ProtocolError("own-identity", "initiator presents our own identity key");
  }
  const identity = identityToX25519(us.identity);
  const diffieHellmanResults = [
    diffieHellman(signedPrekey.secretKey, identityKeyToX25519(initiator.identityKey)),
    diffieHellman(identity.secretKey, ephemeralKey),
    diffieHellman(signedPrekey.secretKey, ephemeralKey),
    ...(oneTimePrekey === null ? [] : [diffieHellman(oneTimePrekey.secretKey, ephemeralKey)]),
  ];
  const kem = await decapsulate(suite, options.kem);
  const context = {
    initiator,
    responder: toParty(us),
    signedPrekey: signedPrekey.publicKey,
    oneTimePrekey: oneTimePrekey?.publicKey ?? null,
    ephemeralKey,
    kem: kem?.context ?? null,
  };
  return await finishX3dh({ suite, context, diffieHellmanResults, kemSharedSecret: kem?.sharedSecret ?? null });
}

async function decapsulate(suite: Suite, received: ReceivedKem | null): Promise<KemResult | null> {
  if (suite.kem === null) return null;
  if (received === null) {
    throw new ProtocolError(
      "message-malformed",
      `handshake of version ${suite.version} must have a kem prekey and ciphertext, got none`,
    );
  }
  const { type, keyPair, ciphertext } = received;
  const sharedSecret = await suite.kem.decapsulate(keyPair.seed, ciphertext);
  return { context: { type, publicKey: keyPair.publicKey, ciphertext }, sharedSecret };
}

async function finishX3dh(computed: {
  readonly suite: Suite;
  readonly context: HandshakeContext;
  readonly diffieHellmanResults: DiffieHellmanResults;
  readonly kemSharedSecret: KemSharedSecret | null;
}): Promise<X3dhResult> {
  const { suite, context, diffieHellmanResults, kemSharedSecret } = computed;
  const keyMaterial = await hkdf({
    salt: new Uint8Array(32),
    inputKeyMaterial: concat(suite.x3dhPrefix, ...diffieHellmanResults, kemSharedSecret ?? new Uint8Array()),
    info: await suite.x3dhInfo(context),
    length: 32,
  });
  return {
    context,
    diffieHellmanResults,
    kemSharedSecret,
    sharedSecret: toSharedSecret(keyMaterial),
    associatedData: suite.associatedData(context),
  };
}

function toParty({ username, device, identity }: OurParty): Party {
  return { username, device, identityKey: identity.publicKey };
}
