/** Restoring an account of a backup on the start page. Loaded when somebody does that. */

import type { EngineApi, RestoreOutcome } from "../engine/api.ts";
import type { AttachedEngine } from "./creation.ts";
import type { AttachDirectory, AttachEngine, AttachFailure } from "./ports.ts";

/** What came of it; `engine-gone` is when no engine answered. */
export type Restoration = RestoreOutcome | { readonly kind: "engine-gone" };

/** How a person follows it, and gives it up. */
export interface Following {
  /** Called with how far it is, from 0 to 1. */
  readonly onProgress: (share: number) => void;
  readonly signal: AbortSignal;
}

interface RestorationOptions extends Following {
  readonly attachEngine: AttachEngine;
  readonly attachDirectory: AttachDirectory;
  readonly onObstacle: (reason: AttachFailure) => void;
  /** The account is in use; its engine is handed over with it. */
  readonly onRestored: (username: string, engine: AttachedEngine) => void;
}

export async function restoreFile(
  file: Uint8Array<ArrayBuffer>,
  passphrase: string,
  { attachEngine, attachDirectory, onObstacle, onRestored, onProgress, signal }: RestorationOptions,
): Promise<Restoration> {
  const directory = await attachDirectory().catch(() => null);
  if (directory === null || directory.kind === "failed") {
    if (directory !== null) onObstacle(directory.reason);
    return { kind: "engine-gone" };
  }
  const owner = await directory.api.ownerOfBackup(file).finally(directory.detach);
  if (owner.kind !== "of") return owner;
  const attached = await attachEngine(owner.username).catch(() => null);
  if (attached === null || attached.kind === "failed") {
    if (attached !== null) onObstacle(attached.reason);
    return { kind: "engine-gone" };
  }
  const outcome = await followed(attached.api, { onProgress, signal }, (api) =>
    api.restoreBackup(file, passphrase),
  ).catch(() => ({ kind: "engine-gone" }) as const);
  // Also where its keys are still to be published: its own page does that.
  if (outcome.kind === "restored" || outcome.kind === "unpublished") onRestored(owner.username, attached);
  else attached.detach();
  return outcome;
}

async function followed(
  api: EngineApi,
  { onProgress, signal }: Following,
  work: (api: EngineApi) => Promise<RestoreOutcome>,
): Promise<RestoreOutcome> {
  const cancel = () => void api.cancelWork().catch(() => undefined);
  signal.addEventListener("abort", cancel);
  const unwatch = await api.watchAccount(({ working }) => {
    if (working !== null) onProgress(working);
  });
  try {
    return signal.aborted ? { kind: "cancelled" } : await work(api);
  } finally {
    unwatch();
    signal.removeEventListener("abort", cancel);
  }
}
