/** Stands in for web/storage/sealed-store.ts in the worker's composition root: the same store, behind checkpoints. */
import type { LockSecret } from "../../web/engine/api-views.ts";
import type { LockableStore } from "../../web/engine/ports.ts";
import { openSealedStore as openUncheckedStore, type SealedStoreOptions } from "../../web/storage/sealed-store.ts";
import { checkpointOfThisWorker } from "./checkpoint.ts";

export async function openSealedStore(
  options: SealedStoreOptions,
  secret: LockSecret | null,
  mayTakeOver?: () => boolean,
): Promise<LockableStore> {
  const checkpoint = checkpointOfThisWorker();
  await checkpoint.instructed();
  const store = await checkpoint.pass("open store", () => openUncheckedStore(options, secret, mayTakeOver));
  return {
    damaged: store.damaged,
    hasLock: store.hasLock,
    lock: () => store.lock(),
    read: (name, id) => checkpoint.pass(`read ${name}`, () => store.read(name, id)),
    list: (name, listed) => checkpoint.pass(`list ${name}`, () => store.list(name, listed)),
    salvage: (name, listed) => checkpoint.pass(`list ${name}`, () => store.salvage(name, listed)),
    dropDamaged: (name) => checkpoint.pass(`drop damaged ${name}`, () => store.dropDamaged(name)),
    commit: (changes) => {
      const names = [...new Set(changes.map((change) => change.store))].sort();
      return checkpoint.pass(`commit ${names.join(" ")}`, () => store.commit(changes));
    },
    destroy: () => checkpoint.pass("destroy store", () => store.destroy()),
    close: () => checkpoint.pass("close store", () => store.close()),
  };
}
