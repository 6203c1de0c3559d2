import { describe, expect, it } from "vitest";
import { makeRecoveryWords, readPassphrase } from "./recovery-words.ts";

/** The first vector of BIP-39: sixteen zero bytes. */
const ZEROS = `${"abandon ".repeat(11)}about`;

describe("recovery words", () => {
  it("are twelve, of the list, with their checksum, and others each time", () => {
    const made = Array.from({ length: 20 }, makeRecoveryWords);
    for (const words of made) {
      expect(words.split(" ")).toHaveLength(12);
      expect(readPassphrase(words)).toEqual({ kind: "words", passphrase: words });
    }
    expect(new Set(made).size).toBe(20);
  });

  it("are read however they are spaced and capitalised", () => {
    const typed = `  ${ZEROS.toUpperCase().replaceAll(" ", "\n  ")} `;
    expect(readPassphrase(typed)).toEqual({ kind: "words", passphrase: ZEROS });
  });

  it("that are mistyped are told, with the word that is none of the list", () => {
    expect(readPassphrase(ZEROS.replace("about", "abuot"))).toEqual({ kind: "mistyped", unknown: ["abuot"] });
    expect(readPassphrase(ZEROS.replace("about", "abandon"))).toEqual({ kind: "mistyped", unknown: [] });
  });

  it("are no other passphrase, which stays as it was typed", () => {
    for (const typed of ["Zoë liest", " two  spaces ", `${ZEROS} more`, "mmm ".repeat(12)]) {
      expect(readPassphrase(typed)).toEqual({ kind: "as-typed", passphrase: typed });
    }
  });
});
