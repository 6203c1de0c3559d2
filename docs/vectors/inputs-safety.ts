/** What the vectors of safety numbers are computed from. */
import type { LibsignalInputs, SafetyInputs } from "./compute-safety-number.ts";
import { drawn } from "./drawn.ts";

const alice = { username: "alice", identitySecretKey: drawn("alice's identity") };
const bob = { username: "bob", identitySecretKey: drawn("bob's identity") };

export const safetyNumbers: readonly { readonly name: string; readonly inputs: SafetyInputs }[] = [
  { name: "on Alice's screen", inputs: { ours: alice, theirs: bob } },
  { name: "on Bob's screen", inputs: { ours: bob, theirs: alice } },
  {
    name: "after Bob's identity key has changed",
    inputs: { ours: alice, theirs: { ...bob, identitySecretKey: drawn("bob's next identity") } },
  },
  {
    name: "the worked example of docs/protocol.md",
    inputs: {
      ours: { username: "alice", identitySecretKey: "a1".repeat(32) },
      theirs: { username: "bob", identitySecretKey: "b1".repeat(32) },
    },
  },
  {
    name: "the shortest and the longest name",
    inputs: {
      ours: { ...alice, username: "abc" },
      theirs: { ...bob, username: "0123456789abcdefghijklmnopqrstuv" },
    },
  },
];

/** Where the codes that are scanned come from: screens of these people, and the same text with a small change. */
export const comparison: SafetyInputs = { ours: alice, theirs: bob };
const bobAnew = { ...bob, identitySecretKey: drawn("bob's next identity") };
const aliceFalse = { ...alice, identitySecretKey: drawn("mallory's identity as alice") };
const carol = { username: "carol", identitySecretKey: drawn("carol's identity") };

export const screens: readonly SafetyInputs[] = [
  { ours: bob, theirs: alice },
  { ours: alice, theirs: bob },
  { ours: bobAnew, theirs: alice },
  { ours: bobAnew, theirs: aliceFalse },
  { ours: bob, theirs: carol },
  { ours: carol, theirs: bobAnew },
];

/** libsignal, rust/protocol/src/fingerprint.rs: two people, and what is published for them. */
export const libsignal: {
  readonly people: readonly [LibsignalInputs, LibsignalInputs];
  readonly digits: string;
} = {
  people: [
    {
      publicKey: "0506863bc66d02b40d27b8d49ca7c09e9239236f9d7d25d6fcca5ce13c7064d868",
      identifier: "+14152222222",
    },
    {
      publicKey: "05f781b6fb32fed9ba1cf2de978d4d5da28dc34046ae814402b5c0dbd96fda907b",
      identifier: "+14153333333",
    },
  ],
  digits: "300354477692869396892869876765458257569162576843440918079131",
};
