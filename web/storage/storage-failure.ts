/** The border between what browsers throw and the codes of StorageError. */
import { StorageError, type StorageErrorCode } from "../engine/ports.ts";

/** IndexedDB's and WebCrypto's error names. Those that are not listed mean a fault of the caller's. */
const CODES: Readonly<Record<string, StorageErrorCode>> = {
  // The database on disk has a higher version than this code knows.
  VersionError: "newer-version",
  QuotaExceededError: "full",
  SecurityError: "unavailable",
  UnknownError: "unavailable",
  InvalidStateError: "unavailable",
  AbortError: "unavailable",
  TimeoutError: "unavailable",
  TransactionInactiveError: "unavailable",
  NotFoundError: "unavailable",
  NotAllowedError: "unavailable",
  // Chromium's for a value whose file is gone, https://crbug.com/362123231; Firefox has NotReadableError.
  NotReadableError: "damaged",
  DataError: "damaged",
};

/**
 * The StorageError for what an attempt on the storage threw, with its cause kept; faults of the caller's stay as they
 * are.
 */
export function translateStorageFailure(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  const code = CODES[error.name];
  return code === undefined ? error : new StorageError(code, `storage failed with ${error.name}`, { cause: error });
}
