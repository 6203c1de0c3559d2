/**
 * The part of the engine that is loaded apart from the rest, so that the app is there sooner: what is needed only when
 * someone compares keys or renews their own, or when a message did not open. Mail comes and goes without it.
 */

export { compareScannedCode, decideIdentity, safetyNumber, setVerified } from "./identity.ts";
export { runRecovery } from "./recovery.ts";
export { renewIdentity } from "./renewal.ts";
