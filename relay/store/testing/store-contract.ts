/** What every store must do, whatever it is built on. Each implementation's test calls `describeStore`. */
import { describe } from "vitest";
import { describeDepartures, describeEpochs, describeRegistration } from "./account-contract.ts";
import { describeBlobs, describeBlobsThatGo } from "./blob-contract.ts";
import { describeBlobQuotas, describeBlobRaces } from "./blob-quota-contract.ts";
import type { StoreUnderTest } from "./contract-fixtures.ts";
import { describeIdentityChange, describeReset } from "./identity-contract.ts";
import { describePrekeys, describePublishing } from "./key-contract.ts";
import { describeMail, describeTime } from "./mail-contract.ts";
import { describeClaimsWithoutPrekeys, describeMailbox, describeOperations } from "./operations-contract.ts";
import { describeDeletion, describeInvites, describeMailboxes } from "./operator-contract.ts";
import { describeRaces } from "./race-contract.ts";

/** Runs the contract. */
export function describeStore(name: string, subject: StoreUnderTest): void {
  describe(`${name}: publishing`, () => describePublishing(subject));
  describe(`${name}: one-time prekeys`, () => describePrekeys(subject));
  describe(`${name}: an identity change`, () => describeIdentityChange(subject));
  describe(`${name}: resetting a name`, () => describeReset(subject));
  describe(`${name}: mail`, () => describeMail(subject));
  describe(`${name}: time`, () => describeTime(subject));
  describe(`${name}: a deleted account`, () => describeDepartures(subject));
  describe(`${name}: epochs`, () => describeEpochs(subject));
  describe(`${name}: registration`, () => describeRegistration(subject));
  describe(`${name}: claims without one-time prekeys`, () => describeClaimsWithoutPrekeys(subject));
  describe(`${name}: a mailbox`, () => describeMailbox(subject));
  describe(`${name}: operations`, () => describeOperations(subject));
  describe(`${name}: blobs`, () => describeBlobs(subject));
  describe(`${name}: blobs that go`, () => describeBlobsThatGo(subject));
  describe(`${name}: quotas of blobs`, () => describeBlobQuotas(subject));
  describe(`${name}: races for blobs`, () => describeBlobRaces(subject));
  describe(`${name}: races`, () => describeRaces(subject));
  describe(`${name}: invites`, () => describeInvites(subject));
  describe(`${name}: deleting an account`, () => describeDeletion(subject));
  describe(`${name}: the operator's mailboxes`, () => describeMailboxes(subject));
}
