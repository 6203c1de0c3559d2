/**
 * The address of the worker's script, in the form the page's policy demands: under `require-trusted-types-for 'script'`
 * a worker's address must come from a named policy, and this one passes exactly that address.
 */
import workerAddress from "../engine-worker.ts?sharedworker&url";

const POLICY_NAME = "sotto-worker";

/**
 * The part of the Trusted Types API that is used; TypeScript has no types for it. A trusted address stands for a
 * string.
 */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): {
    createScriptURL(address: string): string;
  };
}

let trustedAddress: string | null = null;

/** For `new SharedWorker` and `new Worker`. */
export function workerScript(): string {
  // Kept, since a policy's name may be used only once.
  trustedAddress ??= trustAddress();
  return trustedAddress;
}

function trustAddress(): string {
  const trustedTypes: TrustedTypes | undefined = Reflect.get(globalThis, "trustedTypes");
  if (trustedTypes === undefined) return workerAddress;
  const policy = trustedTypes.createPolicy(POLICY_NAME, {
    createScriptURL(address) {
      if (address !== workerAddress) throw new TypeError("only the engine's worker may be started");
      return address;
    },
  });
  return policy.createScriptURL(workerAddress);
}
