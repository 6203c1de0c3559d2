/**
 * The addresses of the scripts that run beside the page, in the form the page's policy demands: under
 * `require-trusted-types-for 'script'` such an address must come from a named policy, and this one passes exactly these.
 */
import workerAddress from "../engine-worker.ts?sharedworker&url";

const POLICY_NAME = "sotto-worker";

/** At the root, since it serves the addresses below its own (vite.config.ts). */
const SERVICE_WORKER_ADDRESS = "/service-worker.js";

/**
 * The part of the Trusted Types API that is used; TypeScript has no types for it. A trusted address stands for a
 * string.
 */
interface TrustedTypes {
  createPolicy(name: string, rules: Policy): Policy;
}

interface Policy {
  createScriptURL(address: string): string;
}

/** Kept, since a policy's name may be used only once. */
let policy: Policy | null = null;

/** For `new SharedWorker` and `new Worker`. */
export function workerScript(): string {
  return trusted(workerAddress);
}

/** For `navigator.serviceWorker.register`. */
export function serviceWorkerScript(): string {
  return trusted(SERVICE_WORKER_ADDRESS);
}

function trusted(script: string): string {
  policy ??= makePolicy();
  return policy.createScriptURL(script);
}

function makePolicy(): Policy {
  const rules: Policy = {
    createScriptURL(address) {
      if (address !== workerAddress && address !== SERVICE_WORKER_ADDRESS) {
        throw new TypeError("only the app's own workers may be started");
      }
      return address;
    },
  };
  const trustedTypes: TrustedTypes | undefined = Reflect.get(globalThis, "trustedTypes");
  return trustedTypes === undefined ? rules : trustedTypes.createPolicy(POLICY_NAME, rules);
}
