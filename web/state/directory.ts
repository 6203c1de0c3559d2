/** The accounts on this device, as the start page lists them. */

import { createStore, type StoreApi } from "zustand/vanilla";
import type { AttachDirectory, AttachFailure } from "./ports.ts";

export interface Directory {
  /** Usernames in alphabetical order; null until they are known. */
  readonly accounts: readonly string[] | null;
  readonly refresh: () => Promise<void>;
}

interface DirectoryOptions {
  readonly attachDirectory: AttachDirectory;
  readonly onObstacle: (reason: AttachFailure) => void;
}

export function createDirectory({ attachDirectory, onObstacle }: DirectoryOptions): StoreApi<Directory> {
  return createStore<Directory>()((set) => ({
    accounts: null,
    async refresh() {
      const attached = await attachDirectory();
      if (attached.kind === "failed") {
        onObstacle(attached.reason);
        return;
      }
      try {
        set({ accounts: await attached.api.listAccounts() });
      } finally {
        attached.detach();
      }
    },
  }));
}
