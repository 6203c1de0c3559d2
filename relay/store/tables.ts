/** The tables of a relay, as Kysely sees them. Binary columns hold raw bytes; times are Unix milliseconds. */
import type { Generated } from "kysely";
import type { Bytes } from "../wire/bytes.ts";

/** A username and the identity key that owns it. */
export interface AccountTable {
  readonly username: string;
  readonly identity_key: Uint8Array;
  readonly created_at: number;
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
}

/** A one-time prekey; once handed out only its id stays (`public_key` is null), so that it never comes back. */
export interface OneTimePrekeyTable {
  readonly number: Generated<number>;
  readonly username: string;
  readonly device: number;
  readonly prekey_id: Uint8Array;
  readonly public_key: Uint8Array | null;
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

export interface Tables {
  readonly account: AccountTable;
  readonly device: DeviceTable;
  readonly one_time_prekey: OneTimePrekeyTable;
  readonly mail: MailTable;
  readonly nonce: NonceTable;
}

/** A binary column's value, copied out of the driver's buffer. */
export function columnBytes(column: Uint8Array): Bytes {
  return Uint8Array.from(column);
}
