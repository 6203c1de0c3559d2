import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isUsername } from "./username.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

describe("a username", () => {
  it.each(["bob", "alice", "a-b", "a.b", "a_b", "0-9", "a..b", "x--_.--y", "a".repeat(31), "a".repeat(32)])(
    "may be %s",
    (name) => {
      expect(isUsername(name)).toBe(true);
    },
  );

  it.each([
    ["empty", ""],
    ["one letter", "a"],
    ["two letters", "ab"],
    ["33 letters", "a".repeat(33)],
    ["upper case", "Alice"],
    ["a leading dot", ".bob"],
    ["a leading hyphen", "-bob"],
    ["a trailing underscore", "bob_"],
    ["a trailing dot", "bob."],
    ["a space", "bo b"],
    ["a line end after it", "bob\n"],
    ["a line end before it", "\nbob"],
    ["a NUL", "bo\0b"],
    ["a slash", "bo/b"],
    ["a percent sign", "bo%62"],
    ["an umlaut", "bób"],
    ["a Cyrillic letter", "b\u043eb"],
    ["a full-width letter", "\uff42ob"],
    ["a zero-width joiner", "bo\u200db"],
    ["the Kelvin sign, whose lower case is k", "\u212aob"],
  ])("may not be %s", (_name, text) => {
    expect(isUsername(text)).toBe(false);
  });

  it("is accepted exactly when it keeps the rule, letter by letter", () => {
    const letter = fc.constantFrom(...LETTERS, ".", "_", "-", "A", " ", "é", "/");
    fc.assert(
      fc.property(fc.array(letter, { maxLength: 34 }), (letters) => {
        const inner = `${LETTERS}._-`;
        const [first = "", last = ""] = [letters.at(0), letters.at(-1)];
        const keepsRule =
          letters.length >= 3 &&
          letters.length <= 32 &&
          LETTERS.includes(first) &&
          LETTERS.includes(last) &&
          letters.every((each) => inner.includes(each));
        expect(isUsername(letters.join(""))).toBe(keepsRule);
      }),
      { numRuns: 500, seed: 2 },
    );
  });
});
