import { describe, expect, it } from "vitest";
import { excerptOf, foldQuery, foldText } from "./search-text.ts";

/** With what was found in brackets. */
function marked(text: string, typed: string): string {
  return excerptOf(text, foldQuery(typed))
    .parts.map((part) => (part.isMatch ? `[${part.text}]` : part.text))
    .join("");
}

describe("texts are compared", () => {
  it.each([
    ["Über den Dächern", "uber den dachern"],
    ["ﬁne Ｗｉｄｅ", "fine wide"],
    ["ΣΊΣΥΦΟΣ", "σισυφος"],
    ["", ""],
  ])("%s as %s", (text, folded) => {
    expect(foldText(text)).toBe(folded);
  });

  it("by words, however they are spaced", () => {
    expect(foldQuery("  Blue\u00a0ledger\n")).toEqual(["blue", "ledger"]);
    expect(foldQuery(" \t ")).toEqual([]);
  });
});

describe("an excerpt", () => {
  it("marks each match in the text as it was written", () => {
    expect(marked("The Blué ledger is blue.", "blue")).toBe("The [Blué] ledger is [blue].");
    expect(marked("e\u0301te\u0301 and ete", "ETE")).toBe("[e\u0301te\u0301] and [ete]");
    expect(marked("ﬁne", "in")).toBe("[ﬁn]e");
  });

  it("begins shortly before the first match, and ends somewhere", () => {
    const text = `${"far ".repeat(100)}needle${" after".repeat(100)}`;
    const excerpt = marked(text, "needle");
    expect(excerpt.startsWith("…")).toBe(true);
    expect(excerpt.endsWith("…")).toBe(true);
    expect(excerpt).toContain("[needle]");
    expect(excerpt.length).toBeLessThan(160);
  });

  it("holds the beginning where nothing matches, and breaks no character in two", () => {
    expect(marked("🕯️ burns\n\nstill", "x")).toBe("🕯️ burns still");
    expect(marked("😀😀😀", "😀")).toBe("[😀😀😀]");
  });
});
