/**
 * A backup's file: what an account keeps, encrypted under a passphrase (docs/backup-format.md).
 *
 *   header  "SOTTOBK" || version (1) || uint16(length) || username || salt (16) || uint32(memory) || uint32(passes)
 *   key     Argon2id(passphrase in NFC, salt, memory KiB, passes, one lane), 32 bytes (RFC 9106)
 *   chunks  AES-256-GCM of 65,536 bytes each, the last of 0 to 65,536, each with its tag, one after the other;
 *           nonce = seven zeros || uint32(index) || (1 for the last, else 0), associated data = header
 *
 * The construction is STREAM: chunks that are missing, doubled, moved or of another file do not open. The key is used
 * for this file alone, since its salt is fresh.
 */
import { argon2idAsync } from "@noble/hashes/argon2.js";
import { type Bytes, concat, lengthPrefixed, uint32, utf8 } from "./bytes.ts";
import type { RandomBytes } from "./keys.ts";

const MAGIC = "SOTTOBK";
const VERSION = 1;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const TAG_BYTES = 16;
export const CHUNK_BYTES = 65_536;
const MAX_USERNAME_BYTES = 32;

/** What a passphrase costs to try: Argon2id's memory in KiB, and its passes. */
export interface BackupCost {
  readonly memory: number;
  readonly passes: number;
}

/** RFC 9106 §4, the second recommended choice, with one lane. */
export const BACKUP_COST: BackupCost = { memory: 64 * 1024, passes: 3 };
/** A file that asks for more is refused before anything is computed. */
const HIGHEST_COST: BackupCost = { memory: 256 * 1024, passes: 16 };
/** Argon2's own minimum for one lane. */
const LEAST_MEMORY = 8;

export type BackupErrorCode =
  /** It does not begin as a backup does, or its header is malformed. */
  | "not-a-backup"
  /** A later version wrote it. */
  | "newer-version"
  /** The first chunk does not open: another passphrase, or the file was altered there. */
  | "wrong-passphrase"
  /** It ends too early, or was altered. */
  | "damaged";

export class BackupError extends Error {
  override readonly name = "BackupError";
  readonly code: BackupErrorCode;
  constructor(code: BackupErrorCode, options?: ErrorOptions) {
    super(`the backup is refused: ${code}`, options);
    this.code = code;
  }
}

interface Header extends BackupCost {
  readonly username: string;
  readonly salt: Bytes;
  /** The bytes of the header, which every chunk is bound to. */
  readonly bytes: Bytes;
}

/** The username that a backup names, before it is opened: anybody may have written it. Throws BackupError. */
export function readBackupUsername(file: Bytes): string {
  return readHeader(file).username;
}

/** Called now and then with the share of the work that is done, from 0 to 1; what it throws ends the work. */
type Progress = (share: number) => void;

const UNTOLD: Progress = () => undefined;

/** The part of the work that is the key. */
const KEY_SHARE = 0.8;

/** Encrypts `content` for `username`. Draws 16 random bytes. */
export async function sealBackup(options: {
  readonly username: string;
  readonly passphrase: string;
  readonly content: Bytes;
  readonly cost: BackupCost;
  readonly randomBytes: RandomBytes;
  readonly progress?: Progress;
}): Promise<Bytes> {
  const { username, passphrase, content, cost, randomBytes, progress = UNTOLD } = options;
  const salt = randomBytes(SALT_BYTES);
  const bytes = concat(
    utf8(MAGIC),
    Uint8Array.of(VERSION),
    lengthPrefixed(utf8(username)),
    salt,
    uint32(cost.memory),
    uint32(cost.passes),
  );
  const key = await deriveKey(passphrase, { username, salt, ...cost, bytes }, progress);
  const chunks: Bytes[] = [bytes];
  const count = Math.max(1, Math.ceil(content.length / CHUNK_BYTES));
  for (let index = 0; index < count; index += 1) {
    const chunk = content.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
    const parameters = chunkParameters(bytes, index, index === count - 1);
    chunks.push(new Uint8Array(await crypto.subtle.encrypt(parameters, key, chunk)));
    progress(KEY_SHARE + (1 - KEY_SHARE) * ((index + 1) / count));
  }
  return concat(...chunks);
}

/** Decrypts a backup; throws BackupError, and then nothing of it was returned. */
export async function openBackup(
  file: Bytes,
  passphrase: string,
  progress: Progress = UNTOLD,
): Promise<{ username: string; content: Bytes }> {
  const header = readHeader(file);
  const body = file.subarray(header.bytes.length);
  if (body.length < TAG_BYTES) throw new BackupError("damaged");
  const key = await deriveKey(passphrase, header, progress);
  const sealedBytes = CHUNK_BYTES + TAG_BYTES;
  const count = Math.ceil(body.length / sealedBytes);
  const chunks: Bytes[] = [];
  for (let index = 0; index < count; index += 1) {
    const parameters = chunkParameters(header.bytes, index, index === count - 1);
    const chunk = body.subarray(index * sealedBytes, (index + 1) * sealedBytes);
    try {
      chunks.push(new Uint8Array(await crypto.subtle.decrypt(parameters, key, chunk)));
    } catch (error) {
      throw new BackupError(index === 0 ? "wrong-passphrase" : "damaged", { cause: error });
    }
    progress(KEY_SHARE + (1 - KEY_SHARE) * ((index + 1) / count));
  }
  return { username: header.username, content: concat(...chunks) };
}

function chunkParameters(header: Bytes, index: number, isLast: boolean) {
  const iv = concat(new Uint8Array(7), uint32(index), Uint8Array.of(isLast ? 1 : 0));
  return { name: "AES-GCM", iv, additionalData: header };
}

async function deriveKey(passphrase: string, { salt, memory, passes }: Header, progress: Progress): Promise<CryptoKey> {
  const onProgress: Progress = (share) => progress(KEY_SHARE * share);
  const parameters = { t: passes, m: memory, p: 1, dkLen: KEY_BYTES, onProgress };
  const raw = Uint8Array.from(await argon2idAsync(utf8(passphrase.normalize("NFC")), salt, parameters));
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  raw.fill(0);
  return key;
}

function readHeader(file: Bytes): Header {
  const magic = utf8(MAGIC);
  if (!magic.every((byte, index) => file[index] === byte)) throw new BackupError("not-a-backup");
  const version = file[magic.length] ?? 0;
  if (version > VERSION) throw new BackupError("newer-version");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const nameAt = magic.length + 3;
  if (version !== VERSION || file.length < nameAt) throw new BackupError("not-a-backup");
  const nameLength = view.getUint16(magic.length + 1);
  const saltAt = nameAt + nameLength;
  const end = saltAt + SALT_BYTES + 8;
  if (nameLength > MAX_USERNAME_BYTES || file.length < end) throw new BackupError("not-a-backup");
  const memory = view.getUint32(saltAt + SALT_BYTES);
  const passes = view.getUint32(saltAt + SALT_BYTES + 4);
  const isBearable = memory <= HIGHEST_COST.memory && passes <= HIGHEST_COST.passes;
  if (!isBearable || memory < LEAST_MEMORY || passes < 1) throw new BackupError("not-a-backup");
  return {
    username: new TextDecoder().decode(file.subarray(nameAt, saltAt)),
    salt: file.slice(saltAt, saltAt + SALT_BYTES),
    memory,
    passes,
    bytes: file.slice(0, end),
  };
}
