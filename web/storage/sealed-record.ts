/**
 * One record at rest: `{ dataKey, schema, nonce, ciphertext }`, AES-256-GCM of the encoded value with
 *
 *   AD = lp("sotto/record/v1") || lp(account) || lp(store) || lp(record key) || uint16(schema) || lp(data key id)
 *
 * so that a record which was moved to another place, account, schema or data key does not open.
 */
import { noPart, StorageError } from "../engine/ports.ts";
import type { Records, StoreName } from "../engine/records.ts";
import type { AccountKeys } from "./account-keys.ts";
import { type Bytes, concat, lengthPrefixed, type RandomBytes, uint16 } from "./bytes.ts";
import { decodeRecord } from "./record-codec.ts";
import { type SealedValue, seal, unseal } from "./sealed-value.ts";

/** The layout of each store's records; a number grows with a change of it, and record-upgrades.ts then says how. */
const SCHEMAS: Readonly<Record<StoreName, number>> = {
  account: 5,
  signedPrekeys: 1,
  oneTimePrekeys: 1,
  lastResortKemPrekeys: 1,
  oneTimeKemPrekeys: 1,
  peers: 4,
  conversations: 3,
  messages: 3,
  messageIndex: 2,
  outbox: 3,
  owedReceipts: 2,
  sentEnvelopes: 2,
  sentEnvelopeIds: 1,
  recoveries: 1,
  handledEnvelopes: 1,
  acceptedHandshakes: 1,
  epochs: 1,
  searchBlocks: 1,
  drafts: 1,
  timers: 1,
};

export interface SealedRecord extends SealedValue {
  /** Which data key it is encrypted under. */
  readonly dataKey: string;
  readonly schema: number;
}

/** Where a record belongs. */
export interface RecordPlace {
  readonly account: string;
  readonly store: StoreName;
  /** As record-key.ts makes it. */
  readonly key: string;
}

/** Encrypts an encoded record for its place, under the current data key. */
export async function sealRecord(options: {
  readonly keys: AccountKeys;
  readonly place: RecordPlace;
  readonly encoded: Bytes;
  readonly randomBytes: RandomBytes;
}): Promise<SealedRecord> {
  const { keys, place, encoded, randomBytes } = options;
  const dataKey = keys.currentDataKeyId;
  const schema = SCHEMAS[place.store];
  const associatedData = recordAssociatedData(place, schema, dataKey);
  const key = dataKeyOf(keys, dataKey);
  return { dataKey, schema, ...(await seal({ key, plaintext: encoded, associatedData, randomBytes })) };
}

/**
 * Decrypts a stored record; throws StorageError "newer-version" for a later schema, else "damaged". Rejects with
 * PartMissingError when the code that brings an earlier one up to date cannot be had.
 */
export async function openRecord<S extends StoreName>(
  keys: AccountKeys,
  place: RecordPlace & { readonly store: S },
  stored: unknown,
): Promise<Records[S]> {
  const { dataKey, schema } = readNames(stored);
  if (schema > SCHEMAS[place.store]) {
    throw new StorageError("newer-version", `record in ${place.store} has schema ${schema}`);
  }
  const encoded = await unseal(dataKeyOf(keys, dataKey), stored, recordAssociatedData(place, schema, dataKey));
  // The ciphertext vouches that it is what was written under this store's name, and only `Change` says what may be.
  const record = decodeRecord(encoded);
  if (schema === SCHEMAS[place.store]) return record as Records[S];
  // Seldom needed, and then for many records at once.
  const { upgradeRecord } = await import("./record-upgrades.ts").catch(noPart);
  return upgradeRecord(place.store, schema, record) as Records[S];
}

export function recordAssociatedData(
  { account, store, key }: Omit<RecordPlace, "store"> & { readonly store: string },
  schema: number,
  dataKey: string,
): Bytes {
  return concat(
    lengthPrefixed("sotto/record/v1"),
    lengthPrefixed(account),
    lengthPrefixed(store),
    lengthPrefixed(key),
    uint16(schema),
    lengthPrefixed(dataKey),
  );
}

export function dataKeyOf(keys: AccountKeys, id: string): CryptoKey {
  const key = keys.dataKeys.get(id);
  if (key === undefined) throw new StorageError("damaged", "record names an unknown data key");
  return key;
}

export function readNames(stored: unknown): { readonly dataKey: string; readonly schema: number } {
  if (typeof stored === "object" && stored !== null && "dataKey" in stored && "schema" in stored) {
    const { dataKey, schema } = stored;
    if (typeof dataKey === "string" && typeof schema === "number" && Number.isInteger(schema) && schema >= 1) {
      if (schema <= 0xffff) return { dataKey, schema };
    }
  }
  throw new StorageError("damaged", "record is malformed");
}
