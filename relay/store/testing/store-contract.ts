/** What every store must do, whatever it is built on. Each implementation's test calls `describeStore`. */
import { describe } from "vitest";
import type { StoreUnderTest } from "./contract-fixtures.ts";
import { describeIdentityChange, describeReset } from "./identity-contract.ts";
import { describePrekeys, describePublishing } from "./key-contract.ts";
import { describeMail, describeTime } from "./mail-contract.ts";

/** Runs the contract. */
export function describeStore(name: string, subject: StoreUnderTest): void {
  describe(`${name}: publishing`, () => describePublishing(subject));
  describe(`${name}: one-time prekeys`, () => describePrekeys(subject));
  describe(`${name}: an identity change`, () => describeIdentityChange(subject));
  describe(`${name}: resetting a name`, () => describeReset(subject));
  describe(`${name}: mail`, () => describeMail(subject));
  describe(`${name}: time`, () => describeTime(subject));
}
