/** Safety numbers with their fingerprints, and what comes of scanned codes. */
import { utf8 } from "../../web/protocol/bytes.ts";
import { generateIdentityKeyPair } from "../../web/protocol/keys.ts";
import {
  compareCode,
  computeSafety,
  fingerprint,
  type SafetyParty,
  safetyNumber,
} from "../../web/protocol/safety-number.ts";
import { fromHex, hex } from "../../web/protocol/testing/hex.ts";
import { scriptRandomBytes } from "../../web/protocol/testing/random.ts";

export interface SafetyPartyInputs {
  readonly username: string;
  readonly identitySecretKey: string;
}

export interface SafetyInputs {
  readonly ours: SafetyPartyInputs;
  readonly theirs: SafetyPartyInputs;
}

function partyOf({ username, identitySecretKey }: SafetyPartyInputs): SafetyParty {
  const { randomBytes } = scriptRandomBytes(fromHex(identitySecretKey));
  return { username, identityKey: generateIdentityKeyPair(randomBytes).publicKey };
}

export function computeSafetyNumber({ ours, theirs }: SafetyInputs) {
  const [us, them] = [partyOf(ours), partyOf(theirs)];
  const safety = computeSafety(us, them);
  return {
    ourIdentityKey: hex(us.identityKey),
    theirIdentityKey: hex(them.identityKey),
    ourFingerprint: hex(safety.ours),
    theirFingerprint: hex(safety.theirs),
    digits: safety.digits,
    code: safety.code,
  };
}

/** What our device says of each scanned text. */
export function computeComparisons({ ours, theirs }: SafetyInputs, scanned: readonly string[]) {
  const safety = computeSafety(partyOf(ours), partyOf(theirs));
  return scanned.map((text) => ({ text, result: compareCode(safety, text) }));
}

/** As libsignal publishes it: any public key under any identifier. */
export interface LibsignalInputs {
  readonly publicKey: string;
  readonly identifier: string;
}

export function computeLibsignal(one: LibsignalInputs, other: LibsignalInputs) {
  const [first, second] = [one, other].map(({ publicKey, identifier }) =>
    fingerprint({ publicKey: fromHex(publicKey), identifier: utf8(identifier) }),
  );
  if (first === undefined || second === undefined) throw new Error("a safety number is of two");
  return { fingerprints: [hex(first), hex(second)], digits: safetyNumber(first, second) };
}
