/** What a store does with blobs, and the promises it keeps about them; a part of `Store` (store.ts). */
import type { BlobStatus } from "../wire/blob.ts";
import type { Bytes } from "../wire/bytes.ts";
import type { KeyId } from "../wire/request-signature.ts";

export interface BlobLimits {
  /** Bytes that one account may reserve; 0 where no blobs are kept. */
  readonly accountBytes: number;
  /** Blobs of one account, however small. */
  readonly accountBlobs: number;
  /** Bytes of everybody's chunks together, those included whose deletion is under way. */
  readonly totalBytes: number;
  readonly lifetimeMilliseconds: number;
  /** How long a blob is kept that is never finished. */
  readonly unfinishedMilliseconds: number;
}

export interface BlobCreation {
  readonly owner: KeyId;
  /** Ed25519, 32 bytes: only while this is the device's key, so that a deleted account leaves nothing behind. */
  readonly deviceKey: Bytes;
  /** 32 bytes; the store keeps its SHA-256 alone. */
  readonly id: Bytes;
  /** One of the lengths of wire/blob.ts. */
  readonly length: number;
  readonly now: number;
}

export type CreateOutcome =
  /** Made, or made before by the same account with the same length. */
  | { readonly kind: "created"; readonly status: BlobStatus }
  /** Nothing was stored, as with all that follow. */
  | { readonly kind: "unknown-device" }
  /** The id is taken by another account or with another length, or what had it is not quite gone yet. */
  | { readonly kind: "blob-conflict" }
  /** Longer than all that an account may have. */
  | { readonly kind: "blob-too-large"; readonly free: number }
  /** `free` bytes are left; 0 also where there is no room for another blob. */
  | { readonly kind: "blob-quota-exceeded"; readonly free: number }
  /** All accounts together have uploaded so much that it would not fit. */
  | { readonly kind: "blob-store-full" };

export interface BlobName {
  readonly id: Bytes;
  readonly now: number;
}

export interface ChunkName extends BlobName {
  /** From 0. */
  readonly index: number;
}

export interface NewChunk extends ChunkName {
  readonly owner: string;
  readonly bytes: Uint8Array;
}

export type AddChunkOutcome =
  /** On disk; `added` is false when the same bytes were there before. */
  | { readonly kind: "stored"; readonly added: boolean }
  | { readonly kind: "unknown-blob" }
  /** Another account's. */
  | { readonly kind: "forbidden" }
  | { readonly kind: "chunk-index-invalid" }
  | { readonly kind: "chunk-length-invalid" }
  /** Other bytes are there. */
  | { readonly kind: "chunk-conflict" }
  /** All accounts together have as much as the relay keeps, or the disk is down to what is kept free for mail. */
  | { readonly kind: "blob-store-full" };

export type ReadChunkOutcome =
  | { readonly kind: "found"; readonly bytes: Uint8Array }
  | { readonly kind: "unknown-blob" }
  | { readonly kind: "chunk-index-invalid" }
  | { readonly kind: "missing-chunk" };

export interface BlobDeletion extends BlobName {
  readonly owner: string;
}

/** To whoever asks for it, a blob whose time is over is as unknown as one that never was, swept or not. */
export interface BlobStore {
  /**
   * Makes a blob without chunks, whose whole length counts against its owner from now on, and against what all may have
   * as its chunks come: what nobody uploads keeps nobody else from uploading. A repeat is harmless.
   */
  createBlob(creation: BlobCreation): Promise<CreateOutcome>;
  /** Stores one chunk; with the last one the blob's full lifetime begins, counted from its making. */
  addChunk(chunk: NewChunk): Promise<AddChunkOutcome>;
  /** null when there is no such blob. */
  readBlob(name: BlobName): Promise<BlobStatus | null>;
  readChunk(name: ChunkName): Promise<ReadChunkOutcome>;
  /** Nobody finds it from then on; its bytes go with `collectBlobs`. One that is not there is as good as deleted. */
  deleteBlob(deletion: BlobDeletion): Promise<"deleted" | "forbidden">;
  /**
   * Deletes the bytes of deleted blobs, in pieces between which others write, and after one of which it ends when the
   * signal is given; resolves to how many blobs went. Goes by no clock. What has expired `sweep` deletes the same way.
   */
  collectBlobs(signal?: AbortSignal): Promise<number>;
}
