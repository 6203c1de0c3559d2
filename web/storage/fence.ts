/**
 * The fence: whoever opens an account's store writes the next epoch with a random owner token, and every transaction
 * checks that both are still there. So of two engines that both believe they own the account, only the later writes.
 */

/** As it is stored. */
export interface Fence {
  readonly epoch: number;
  /** Random, so that two who read the same epoch before do not mistake each other for themselves. */
  readonly owner: string;
}

/** The fence that takes over from what is stored. */
export function nextFence(stored: unknown, owner: string): Fence {
  return { epoch: isFence(stored) ? stored.epoch + 1 : 1, owner };
}

/** Whether what is stored is this very fence. */
export function holdsFence(stored: unknown, fence: Fence): boolean {
  return isFence(stored) && stored.epoch === fence.epoch && stored.owner === fence.owner;
}

function isFence(value: unknown): value is Fence {
  if (typeof value !== "object" || value === null || !("epoch" in value && "owner" in value)) return false;
  return Number.isSafeInteger(value.epoch) && typeof value.owner === "string";
}
