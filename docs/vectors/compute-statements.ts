/** The signed statements and the small encodings, with every intermediate value. */
import { identityChangeStatement, kemPrekeyStatement } from "../../relay/wire/key-statements.ts";
import { formatAuthenticateFrame, liveStatement } from "../../relay/wire/live.ts";
import { makeManifest, parseManifest } from "../../relay/wire/manifest.ts";
import {
  formatContentDigest,
  formatSignatureHeaders,
  formatSignatureParameters,
  signatureBase,
} from "../../relay/wire/request-signature.ts";
import { utf8 } from "../../web/protocol/bytes.ts";
import { sha256 } from "../../web/protocol/kdf.ts";
import { generateDeviceKeyPair, generateIdentityKeyPair, toX25519PublicKey } from "../../web/protocol/keys.ts";
import { pad, unpad } from "../../web/protocol/padding.ts";
import { prekeyId } from "../../web/protocol/prekeys.ts";
import { ProtocolError } from "../../web/protocol/protocol-error.ts";
import { signStatement } from "../../web/protocol/signature.ts";
import { fromHex, hex } from "../../web/protocol/testing/hex.ts";
import { scriptRandomBytes } from "../../web/protocol/testing/random.ts";
import { kemKeyPair, x25519KeyPair } from "./compute-x3dh.ts";

export interface ManifestInputs {
  readonly username: string;
  readonly device: number;
  readonly identitySecretKey: string;
  readonly deviceSecretKey: string;
  readonly protocolVersions: readonly number[];
  readonly signedPrekeySecretKey: string;
  readonly signedPrekeyDay: number;
  readonly sequence: number;
  readonly previousHash: string;
  /** null: the field is empty. */
  readonly lastResortKemPrekeySeed: string | null;
}

function identityKeyPair(secretKey: string) {
  return generateIdentityKeyPair(scriptRandomBytes(fromHex(secretKey)).randomBytes);
}

function deviceKeyPair(secretKey: string) {
  return generateDeviceKeyPair(scriptRandomBytes(fromHex(secretKey)).randomBytes);
}

export async function computeManifest(inputs: ManifestInputs) {
  const identity = identityKeyPair(inputs.identitySecretKey);
  const seed = inputs.lastResortKemPrekeySeed;
  const { publicKey: deviceKey } = deviceKeyPair(inputs.deviceSecretKey);
  const { publicKey: signedPrekey } = x25519KeyPair(inputs.signedPrekeySecretKey);
  const { statement } = makeManifest({
    username: inputs.username,
    device: inputs.device,
    identityKey: identity.publicKey,
    deviceKey,
    protocolVersions: inputs.protocolVersions,
    signedPrekey,
    signedPrekeyDay: inputs.signedPrekeyDay,
    sequence: inputs.sequence,
    previousHash: fromHex(inputs.previousHash),
    lastResortKemPrekey: seed === null ? new Uint8Array() : kemKeyPair(seed).publicKey,
  });
  return {
    identityKey: hex(identity.publicKey),
    deviceKey: hex(deviceKey),
    signedPrekey: hex(signedPrekey),
    statement: hex(statement),
    statementHash: hex(await sha256(statement)),
    signature: hex(signStatement(identity.secretKey, statement)),
  };
}

export interface KemPrekeyInputs {
  readonly username: string;
  readonly device: number;
  readonly identitySecretKey: string;
  readonly oneTimeKemPrekeySeed: string;
}

export function computeKemPrekey({ username, device, identitySecretKey, oneTimeKemPrekeySeed }: KemPrekeyInputs) {
  const identity = identityKeyPair(identitySecretKey);
  const statement = kemPrekeyStatement({ username, device, publicKey: kemKeyPair(oneTimeKemPrekeySeed).publicKey });
  return {
    identityKey: hex(identity.publicKey),
    statement: hex(statement),
    signature: hex(signStatement(identity.secretKey, statement)),
  };
}

export interface IdentityChangeInputs {
  readonly username: string;
  readonly previousIdentitySecretKey: string;
  readonly identitySecretKey: string;
}

export function computeIdentityChange(inputs: IdentityChangeInputs) {
  const previous = identityKeyPair(inputs.previousIdentitySecretKey);
  const { publicKey: identityKey } = identityKeyPair(inputs.identitySecretKey);
  const { username } = inputs;
  const statement = identityChangeStatement({ username, previousIdentityKey: previous.publicKey, identityKey });
  return {
    previousIdentityKey: hex(previous.publicKey),
    identityKey: hex(identityKey),
    statement: hex(statement),
    signature: hex(signStatement(previous.secretKey, statement)),
  };
}

/** Whether bytes are a manifest statement, byte for byte. */
export function acceptsManifest(statement: string): boolean {
  return parseManifest(fromHex(statement)) !== null;
}

export interface RequestInputs {
  readonly deviceSecretKey: string;
  readonly username: string;
  readonly device: number;
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly created: number;
  readonly nonce: string;
}

export async function computeRequestSignature(inputs: RequestInputs) {
  const { secretKey, publicKey } = deviceKeyPair(inputs.deviceSecretKey);
  const { method, authority, path, query, username, device, created } = inputs;
  const contentDigest = formatContentDigest(await sha256(utf8(inputs.body)));
  const parameters = { created, nonce: fromHex(inputs.nonce), keyId: { username, device } };
  const base = signatureBase({ method, authority, path, query, contentDigest }, parameters);
  const signature = signStatement(secretKey, base);
  return {
    deviceKey: hex(publicKey),
    contentDigest,
    signatureParameters: formatSignatureParameters(parameters),
    signatureBase: new TextDecoder().decode(base),
    signature: hex(signature),
    headers: { "content-digest": contentDigest, ...formatSignatureHeaders(parameters, signature) },
  };
}

export interface LiveInputs {
  readonly deviceSecretKey: string;
  readonly username: string;
  readonly device: number;
  readonly origin: string;
  readonly challenge: string;
}

export function computeLive(inputs: LiveInputs) {
  const { secretKey, publicKey } = deviceKeyPair(inputs.deviceSecretKey);
  const { origin, username, device } = inputs;
  const keyId = { username, device };
  const statement = liveStatement(origin, fromHex(inputs.challenge), keyId);
  const signature = signStatement(secretKey, statement);
  return {
    deviceKey: hex(publicKey),
    statement: hex(statement),
    signature: hex(signature),
    frame: formatAuthenticateFrame({ keyId, origin, signature }),
  };
}

export interface PaddingInputs {
  /** The content is this byte, as often as `length` says. */
  readonly byte: string;
  readonly length: number;
}

export async function computePadding({ byte, length }: PaddingInputs) {
  const padded = pad(fromHex(byte.repeat(length)));
  return { paddedLength: padded.length, paddedSha256: hex(await sha256(padded)) };
}

/** The content of padded bytes in hexadecimal; null when they are not padded. */
export function computeUnpadding(padded: string): string | null {
  try {
    return hex(unpad(fromHex(padded)));
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

export async function computePrekeyIds(publicKey: string) {
  const key = toX25519PublicKey(fromHex(publicKey));
  return { signed: hex(await prekeyId("signed", key)), oneTime: hex(await prekeyId("one-time", key)) };
}

/** Both ids of a KEM prekey; the key, 1,184 bytes, stands there by its hash. */
export async function computeKemPrekeyIds(seed: string) {
  const { publicKey } = kemKeyPair(seed);
  return {
    publicKeySha256: hex(await sha256(publicKey)),
    ids: {
      oneTimeKem: hex(await prekeyId("one-time-kem", publicKey)),
      lastResortKem: hex(await prekeyId("last-resort-kem", publicKey)),
    },
  };
}
