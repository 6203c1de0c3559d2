/** What of a text becomes a link or code, and that nothing of it is lost or leads elsewhere than it seems. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isEmojiAlone, parseText, type TextPart } from "./message-text.ts";

const links = (text: string) => parseText(text).flatMap((part) => (part.kind === "link" ? [part] : []));
const hrefs = (text: string) => links(text).map(({ href }) => href);
const kinds = (text: string) => parseText(text).map(({ kind, text: shown }) => [kind, shown]);

describe("a link", () => {
  it.each([
    ["see https://example.org/a?b=c#d now", "https://example.org/a?b=c#d"],
    ["http://example.org", "http://example.org/"],
    ["(https://example.org/wiki/Oar_(rowing))", "https://example.org/wiki/Oar_(rowing)"],
    ["Have you read https://example.org/x?", "https://example.org/x"],
    ["https://example.org/x...", "https://example.org/x"],
    ["“https://example.org/x”", "https://example.org/x"],
    ["HTTPS://EXAMPLE.ORG/x", "https://example.org/x"],
    ["https://[::1]:8080/x", "https://[::1]:8080/x"],
    ["<https://example.org/x>", "https://example.org/x"],
  ])("is found in %s", (text, href) => {
    expect(hrefs(text)).toEqual([href]);
  });

  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "blob:https://example.org/x",
    "ftp://example.org",
    "view-source:https",
    "https://",
    "https:///",
    "http://.",
    "mailto:alice@example.org",
    "xhttps://example.org",
    "`https://example.org`",
    "```\nhttps://example.org\n```",
  ])("is none in %j", (text) => {
    expect(links(text)).toEqual([]);
  });

  it.each([
    ["https://аpple.com/", "xn--pple-43d.com"],
    ["https://bank.example@evil.example/", "evil.example"],
    ["https://bank.example:pass@evil.example/", "evil.example"],
    ["https://bank.example%2eevil.example/", "bank.example.evil.example"],
    ["https://xn--pple-43d.com/", "xn--pple-43d.com"],
    ["https://bank。example/", "bank.example"],
    ["https://ｂank.example/", "bank.example"],
    ["http://0x7f.1/", "127.0.0.1"],
    ["http://2130706433/", "127.0.0.1"],
    ["https:\\\\evil.example", null],
  ])("says where %s leads", (text, realHost) => {
    expect(links(text)[0]?.realHost ?? null).toBe(realHost);
  });

  it("of a plain host, with a port or without, is what it looks like", () => {
    for (const text of [
      "https://example.org",
      "https://Example.org:443/",
      "http://example.org:8080/",
      "http://a-b.example/",
    ]) {
      expect(links(text)[0]?.realHost, text).toBeNull();
    }
  });

  it("ends where something turns the direction of text or cannot be seen", () => {
    expect(hrefs("https://example.org/\u202egpj.exe")).toEqual(["https://example.org/"]);
    expect(hrefs("https://exam\u200bple.org/")).toEqual(["https://exam/"]);
    expect(hrefs("https://example.org\u2066/x")).toEqual(["https://example.org/"]);
  });
});

describe("code", () => {
  it.each([
    [
      "say `rm -rf` never",
      [
        ["text", "say "],
        ["code", "rm -rf"],
        ["text", " never"],
      ],
    ],
    ["one ` alone", [["text", "one ` alone"]]],
    ["`a\nb`", [["text", "`a\nb`"]]],
    ["`` `", [["text", "`` `"]]],
    ["```js\nlet a;\n```", [["block", "let a;"]]],
    [
      "look:\n```\none\n\ntwo\n```\ndone",
      [
        ["text", "look:"],
        ["block", "one\n\ntwo"],
        ["text", "done"],
      ],
    ],
    ["```\nnever closed", [["text", "```\nnever closed"]]],
    ["```on one line```", [["text", "```on one line```"]]],
  ])("in %j", (text, parts) => {
    expect(kinds(text)).toEqual(parts);
  });
});

describe("a text", () => {
  it("without links and code is one part, as it was written", () => {
    for (const text of [
      "hello",
      " two  spaces\n\nand lines ",
      "<b>not bold</b>",
      "*not* _marked_",
      "\u202eturned",
      "a".repeat(16_000),
    ]) {
      expect(parseText(text)).toEqual([{ kind: "text", text }]);
    }
  });

  it("loses nothing but the marks of code", () => {
    const letters = fc.constantFrom("a", " ", "\n", "https://a.b", "(", ")", ".", "@", "\u202e", "аpple", "<", "é");
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 60 }), (pieces) => {
        const text = pieces.join("");
        expect(
          parseText(text)
            .map((part: TextPart) => part.text)
            .join(""),
        ).toBe(text);
      }),
    );
  });

  it.each(["(", ")", "`", "```", "```\n", "http://", "https://a.", ":", "https://a/(", "@", "xn--", "\u202e"])(
    "of 16,000 characters of %j is parsed in one go",
    (piece) => {
      const text = piece.repeat(Math.ceil(16_000 / piece.length)).slice(0, 16_000);
      expect(parseText(text).length).toBeGreaterThan(0);
    },
  );

  it("of few emoji alone is told apart", () => {
    for (const text of ["👍", "❤️", "👩‍👩‍👧‍👦", "🇫🇷🇩🇪", "👍🏽 👍", "😀😀😀"])
      expect(isEmojiAlone(text), text).toBe(true);
    for (const text of ["", "1", "👍 yes", "😀😀😀😀", "#", " ", "👍".repeat(40)])
      expect(isEmojiAlone(text), text).toBe(false);
  });
});
