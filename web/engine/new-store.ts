/** Opening the records for an account that is to be made: never over one that is there, whatever it looked like before. */
import type { EnginePorts, LockableStore } from "./ports.ts";

/** There is an account of this name on this device. */
export class AlreadyHereError extends Error {
  override readonly name = "AlreadyHereError";
}

/** Rejects with AlreadyHereError, or with StorageError where what is there cannot be read; nothing has changed then. */
export async function openNewStore(openStore: EnginePorts["openStore"]): Promise<LockableStore> {
  const store = await openStore(null);
  try {
    if ((await store.read("account", [])) !== null) throw new AlreadyHereError("the account is there already");
    return store;
  } catch (error) {
    await store.close().catch(() => undefined);
    throw error;
  }
}
