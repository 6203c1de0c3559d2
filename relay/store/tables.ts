/** The tables of a relay, as Kysely sees them. Binary columns hold raw bytes; times are Unix milliseconds. */
import type { Generated } from "kysely";
import type { Bytes } from "../wire/bytes.ts";

/** A username and the identity key that owns it, with what the previous one signed to hand it on, if it did. */
export interface AccountTable {
  readonly username: string;
  readonly identity_key: Uint8Array;
  readonly created_at: number;
  readonly previous_identity_key: Uint8Array | null;
  readonly identity_change_signature: Uint8Array | null;
}

/** The SHA-256 of an identity key from which the operator took its name: it never owns that name again. */
export interface RetiredIdentityTable {
  readonly username: string;
  readonly identity_hash: Uint8Array;
}

/**
 * A name that was ever registered: the row that everything about the name locks first. `tombstone_hash` is the SHA-256
 * of the identity key of an account that was deleted; only that identity may take the name again.
 */
export interface NameTable {
  readonly username: string;
  readonly tombstone_hash: Uint8Array | null;
}

/** A device's newest manifest. */
export interface DeviceTable {
  readonly username: string;
  readonly device: number;
  readonly device_key: Uint8Array;
  readonly manifest: Uint8Array;
  readonly manifest_hash: Uint8Array;
  readonly signature: Uint8Array;
  readonly sequence: number;
  readonly published_at: number;
  /** What the device set when it last started; null before the first time. */
  readonly epoch: Uint8Array | null;
}

/**
 * A one-time prekey of either kind; `type` is one of PREKEY_TYPE, and only KEM prekeys have a `signature`. Once handed
 * out only its id stays (`public_key` and `signature` are null), so that it never comes back.
 */
export interface OneTimePrekeyTable {
  readonly number: Generated<number>;
  readonly username: string;
  readonly device: number;
  readonly type: number;
  readonly prekey_id: Uint8Array;
  readonly public_key: Uint8Array | null;
  readonly signature: Uint8Array | null;
}

/** An envelope; once acknowledged only its digest stays (`body` is null), so that a late retry is recognised. */
export interface MailTable {
  readonly number: Generated<number>;
  readonly recipient: string;
  readonly to_device: number;
  readonly sender: string;
  readonly from_device: number;
  readonly envelope_id: Uint8Array;
  readonly body: Uint8Array | null;
  readonly body_hash: Uint8Array;
  readonly received_at: number;
  readonly expires_at: number;
}

export interface NonceTable {
  readonly device_key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly expires_at: number;
}

/** An invitation to register, by the SHA-256 of its code. */
export interface InviteTable {
  readonly code_hash: Uint8Array;
  readonly uses_left: number;
  readonly expires_at: number;
}

/** A bucket of tokens that several relays share: until `empty_until` it is not full again. */
export interface BucketTable {
  readonly bucket_key: Uint8Array;
  readonly empty_until: number;
}

/** What a relay keeps about itself: that it can write, and a secret under which addresses are hashed. */
export interface RelayStateTable {
  readonly key: string;
  readonly value: Uint8Array;
}

/**
 * A blob, by the SHA-256 of its id: whose it is, how many of its chunks are not there yet, and when it goes, which is 0
 * once it was deleted and only its bytes remain to be.
 */
export interface BlobTable {
  readonly id_hash: Bytes;
  readonly owner: string;
  readonly length: number;
  readonly created_at: number;
  readonly missing: number;
  readonly expires_at: number;
}

/** A chunk of a blob, with the SHA-256 of its bytes. */
export interface BlobChunkTable {
  readonly id_hash: Bytes;
  readonly chunk_index: number;
  readonly digest: Uint8Array;
  readonly bytes: Uint8Array;
}

/** How many bytes the blobs of a scope take together. */
export interface BlobTotalTable {
  readonly scope: string;
  readonly bytes: number;
}

export interface Tables {
  readonly name: NameTable;
  readonly account: AccountTable;
  readonly retired_identity: RetiredIdentityTable;
  readonly device: DeviceTable;
  readonly one_time_prekey: OneTimePrekeyTable;
  readonly mail: MailTable;
  readonly nonce: NonceTable;
  readonly invite: InviteTable;
  readonly bucket: BucketTable;
  readonly relay_state: RelayStateTable;
  readonly blob: BlobTable;
  readonly blob_chunk: BlobChunkTable;
  readonly blob_total: BlobTotalTable;
}

/** A binary column's value, copied out of the driver's buffer. */
export function columnBytes(column: Uint8Array): Bytes {
  return Uint8Array.from(column);
}
