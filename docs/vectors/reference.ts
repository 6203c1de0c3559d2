/**
 * The Double Ratchet once more, straight from the paper on node:crypto alone, to check the vectors without the code
 * that made them. Not for use: it checks no keys and no limits. The handshakes are in reference-handshake.ts.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
} from "node:crypto";

const PKCS8 = { x25519: "302e020100300506032b656e04220420", ed25519: "302e020100300506032b657004220420" };
const SPKI_X25519 = "302a300506032b656e032100";

function privateKey(type: keyof typeof PKCS8, secretKey: Buffer) {
  const der = Buffer.concat([Buffer.from(PKCS8[type], "hex"), secretKey]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
}

export function publicKeyOf(type: keyof typeof PKCS8, secretKey: Buffer): Buffer {
  return createPublicKey(privateKey(type, secretKey)).export({ format: "der", type: "spki" }).subarray(-32);
}

export function dh(secretKey: Buffer, publicKey: Buffer): Buffer {
  const der = Buffer.concat([Buffer.from(SPKI_X25519, "hex"), publicKey]);
  const theirs = createPublicKey({ key: der, format: "der", type: "spki" });
  return diffieHellman({ privateKey: privateKey("x25519", secretKey), publicKey: theirs });
}

/** The X25519 secret key of an Ed25519 seed: the first half of its SHA-512 (RFC 8032 §5.1.5). */
export function identityX25519(seed: Buffer): Buffer {
  return createHash("sha512").update(seed).digest().subarray(0, 32);
}

export function hkdf(salt: Buffer, keyMaterial: Buffer, info: Buffer | string, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", keyMaterial, salt, info, length));
}

export function lp(field: Buffer | string): Buffer {
  const bytes = Buffer.from(field);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const ZERO_SALT = Buffer.alloc(32);

/** The protocol version, which is in the labels and in every message. */
export type Version = 1 | 2;

export interface ReferenceState {
  readonly version: Version;
  DHs: Buffer;
  DHr: Buffer | null;
  RK: Buffer;
  CKs: Buffer | null;
  CKr: Buffer | null;
  Ns: number;
  Nr: number;
  PN: number;
  MKSKIPPED: { readonly ratchetKey: Buffer; readonly n: number; readonly mk: Buffer }[];
}

function kdfRk(version: Version, rootKey: Buffer, result: Buffer) {
  const output = hkdf(rootKey, result, `sotto/root-key/v${version}`, 64);
  return { rootKey: output.subarray(0, 32), chainKey: output.subarray(32) };
}

function hmac(key: Buffer, constant: number): Buffer {
  return createHmac("sha256", key).update(Buffer.of(constant)).digest();
}

/** RatchetInitAlice (§3.3). */
export function initAlice(options: {
  readonly version: Version;
  readonly sharedSecret: Buffer;
  readonly theirSignedPrekey: Buffer;
  readonly ratchetSecretKey: Buffer;
}): ReferenceState {
  const { version, sharedSecret, theirSignedPrekey, ratchetSecretKey } = options;
  const { rootKey, chainKey } = kdfRk(version, sharedSecret, dh(ratchetSecretKey, theirSignedPrekey));
  const rest = { CKr: null, Ns: 0, Nr: 0, PN: 0, MKSKIPPED: [] };
  return { version, DHs: ratchetSecretKey, DHr: theirSignedPrekey, RK: rootKey, CKs: chainKey, ...rest };
}

/** RatchetInitBob (§3.3). */
export function initBob(version: Version, sharedSecret: Buffer, signedPrekeySecretKey: Buffer): ReferenceState {
  const rest = { DHr: null, CKs: null, CKr: null, Ns: 0, Nr: 0, PN: 0, MKSKIPPED: [] };
  return { version, DHs: signedPrekeySecretKey, RK: sharedSecret, ...rest };
}

function aeadKey(version: Version, mk: Buffer): Buffer {
  return hkdf(ZERO_SALT, mk, `sotto/message-key/v${version}`, 32);
}

/**
 * RatchetEncrypt (§3.4). `ad` is that of the handshake; `initialHeader` goes on the initiator's messages until the first
 * reply, and is null on all others.
 */
export function encrypt(
  state: ReferenceState,
  message: {
    readonly plaintext: Buffer;
    readonly nonce: Buffer;
    readonly ad: Buffer;
    readonly initialHeader: Buffer | null;
  },
) {
  if (state.CKs === null) throw new Error("no sending chain");
  const { version, CKs: chainKey } = state;
  const { plaintext, nonce, ad, initialHeader } = message;
  const mk = hmac(chainKey, 1);
  state.CKs = hmac(chainKey, 2);
  const header = Buffer.concat([publicKeyOf("x25519", state.DHs), uint32(state.PN), uint32(state.Ns)]);
  state.Ns++;
  const key = aeadKey(version, mk);
  const type = initialHeader === null ? [Buffer.of(version, 2)] : [Buffer.of(version, 1), lp(initialHeader)];
  const prefix = Buffer.concat([...type, lp(header)]);
  const associatedData = Buffer.concat([ad, prefix]);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(associatedData);
  const sealed = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return { chainKey, mk, key, header, associatedData, ciphertext: sealed, message: Buffer.concat([prefix, sealed]) };
}

/** What `decrypt` needs of a message. */
export type Received = Pick<ReturnType<typeof encrypt>, "header" | "ciphertext" | "associatedData">;

function open(version: Version, mk: Buffer, { ciphertext, associatedData }: Received): Buffer {
  const key = aeadKey(version, mk);
  const decipher = createDecipheriv("aes-256-gcm", key, ciphertext.subarray(0, 12)).setAAD(associatedData);
  decipher.setAuthTag(ciphertext.subarray(-16));
  return Buffer.concat([decipher.update(ciphertext.subarray(12, -16)), decipher.final()]);
}

function skip(state: ReferenceState, until: number): void {
  if (state.CKr === null || state.DHr === null) return;
  while (state.Nr < until) {
    state.MKSKIPPED.push({ ratchetKey: state.DHr, n: state.Nr, mk: hmac(state.CKr, 1) });
    state.CKr = hmac(state.CKr, 2);
    state.Nr++;
  }
}

function step(state: ReferenceState, theirs: Buffer, drawn: Buffer | null): void {
  state.PN = state.Ns;
  state.Ns = 0;
  state.Nr = 0;
  state.DHr = theirs;
  const receiving = kdfRk(state.version, state.RK, dh(state.DHs, theirs));
  state.CKr = receiving.chainKey;
  if (drawn === null) throw new Error("no ratchet key was drawn");
  state.DHs = drawn;
  const sending = kdfRk(state.version, receiving.rootKey, dh(state.DHs, theirs));
  state.RK = sending.rootKey;
  state.CKs = sending.chainKey;
}

/** RatchetDecrypt (§3.5) on the given state, which is spoilt when it throws. `drawn` is the new ratchet secret key. */
export function decrypt(state: ReferenceState, message: Received, drawn: Buffer | null): Buffer {
  const theirs = message.header.subarray(0, 32);
  const [pn, n] = [message.header.readUInt32BE(32), message.header.readUInt32BE(36)];
  const at = state.MKSKIPPED.findIndex((skipped) => skipped.n === n && skipped.ratchetKey.equals(theirs));
  const [found] = at < 0 ? [] : state.MKSKIPPED.splice(at, 1);
  if (found) return open(state.version, found.mk, message);
  if (state.DHr === null || !state.DHr.equals(theirs)) {
    skip(state, pn);
    step(state, theirs, drawn);
  }
  skip(state, n);
  if (state.CKr === null || state.Nr !== n) throw new Error("the message key is gone");
  const mk = hmac(state.CKr, 1);
  state.CKr = hmac(state.CKr, 2);
  state.Nr++;
  return open(state.version, mk, message);
}
