import { describe, expect, it } from "vitest";
import { readTypedInvite, takeInviteCode } from "./invite-code.ts";
import { createFakeAddress } from "./testing/fake-address.ts";

describe("an invite code in the address", () => {
  it("is taken out of it, and an invitation to a conversation stays", () => {
    const address = createFakeAddress("/?invite=the-code-of-the-operator#invite=bob", { conversation: "bob" });
    expect(takeInviteCode(address)).toBe("the-code-of-the-operator");
    expect(address.paths()).toEqual(["/#invite=bob"]);
    expect(address.read().state).toEqual({ conversation: "bob" });
  });

  it("is none where there is none, and the address stays as it is", () => {
    const address = createFakeAddress("/?other=1#invite=bob");
    expect(takeInviteCode(address)).toBeNull();
    expect(address.paths()).toEqual(["/?other=1#invite=bob"]);
  });
});

describe("a typed invite code", () => {
  it.each([
    ["a code", "the-code_of-the-operator", "the-code_of-the-operator"],
    ["a code between spaces", " the-code \n", "the-code"],
    ["a link", "https://chat.example/?invite=the-code", "the-code"],
    ["a link with more to it", "see https://chat.example/?a=1&invite=the-code#invite=bob", "the-code"],
    ["nothing", "", null],
    ["spaces", "  ", null],
    ["a link without a code", "https://chat.example/?invite=", null],
    ["no box to type in", null, null],
  ])("is read from %s", (_what, typed, code) => {
    expect(readTypedInvite(typed)).toBe(code);
  });
});
