/**
 * What is shown of a message's text: links, code, and all the rest as it was written. Every character stays; a part says only
 * how it is drawn. Linear in the length of the text.
 *
 *   ```            a block of code between two lines of three backticks, the first of which may name a language
 *   `code`         code within a line
 *   https://...    a link; no other scheme than http and https ever is one
 */

export type TextPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "block"; readonly text: string }
  | {
      readonly kind: "link";
      readonly text: string;
      readonly href: string;
      /** The host that it leads to, where that is not what it looks like; else null. */
      readonly realHost: string | null;
    };

const FENCE = "```";

/** The parts of a text, in order. */
export function parseText(text: string): readonly TextPart[] {
  return blocksOf(text)
    .flatMap((part) => (part.kind === "text" ? codeOf(part.text) : [part]))
    .flatMap((part) => (part.kind === "text" ? linksOf(part.text) : [part]));
}

function blocksOf(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (;;) {
    const open = text.indexOf(FENCE, at);
    const begin = open < 0 ? -1 : text.indexOf("\n", open);
    const close = begin < 0 ? -1 : text.indexOf(FENCE, begin);
    if (close < 0) break;
    parts.push(...textPart(text.slice(at, open).replace(/\n$/, "")));
    parts.push({ kind: "block", text: text.slice(begin + 1, close).replace(/\n$/, "") });
    at = close + FENCE.length;
    if (text[at] === "\n") at += 1;
  }
  return [...parts, ...textPart(text.slice(at))];
}

/** A pair of single backticks on one line. */
const CODE = /(?<!`)`(?!`)([^`\n]+)`(?!`)/g;

function codeOf(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const found of text.matchAll(CODE)) {
    parts.push(...textPart(text.slice(at, found.index)), { kind: "code", text: found[1] ?? "" });
    at = found.index + found[0].length;
  }
  return [...parts, ...textPart(text.slice(at))];
}

/** Not behind another scheme; white space ends a link, and so does what is not seen or turns the direction of text. */
const LINK = /(?<![\p{L}\p{N}_:])https?:\/\/[^\s<>"`\p{Cc}\p{Cf}]+/giu;

function linksOf(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    const written = withoutTail(found[0]);
    const link = readLink(written);
    if (link === null) continue;
    parts.push(...textPart(text.slice(at, found.index)), link);
    at = found.index + written.length;
  }
  return [...parts, ...textPart(text.slice(at))];
}

const CLOSING: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** Without the punctuation of the sentence around it, and brackets that open before it. */
function withoutTail(written: string): string {
  const open = new Map<string, number>();
  for (const character of written) open.set(character, (open.get(character) ?? 0) + 1);
  let end = written.length;
  for (;;) {
    const last = written[end - 1] ?? "";
    const opening = CLOSING[last];
    const isUnbalanced = opening !== undefined && (open.get(last) ?? 0) > (open.get(opening) ?? 0);
    if (!isUnbalanced && !/[.,;:!?'’”»…]/.test(last)) return written.slice(0, end);
    open.set(last, (open.get(last) ?? 0) - 1);
    end -= 1;
  }
}

function readLink(written: string): TextPart | null {
  const url = URL.parse?.(written) ?? parseUrl(written);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:") || url.hostname === "") return null;
  return { kind: "link", text: written, href: url.href, realHost: looksLikeIt(written, url) ? null : url.host };
}

/** For browsers before `URL.parse`. */
function parseUrl(written: string): URL | null {
  try {
    return new URL(written);
  } catch {
    return null;
  }
}

/**
 * Whether the host is what one reads: letters, digits, dots and hyphens of ASCII, no name before it, and no foreign letters that could
 * pass for others.
 */
function looksLikeIt(written: string, { host, hostname }: URL): boolean {
  const authority = /^https?:\/\/([^/?#\\]*)/i.exec(written)?.[1] ?? "";
  const isPlain = /^[a-z0-9.-]+$|^\[[0-9a-f:.]+\]$/.test(hostname) && !/(^|\.)xn--/.test(hostname);
  return isPlain && authority.toLowerCase().replace(/:(80|443)?$/, "") === host.replace(/:(80|443)$/, "");
}

function textPart(text: string): readonly TextPart[] {
  return text === "" ? [] : [{ kind: "text", text }];
}

/** Whether a text is one to three emoji and nothing else: those are drawn larger. */
export function isEmojiAlone(text: string): boolean {
  return text.length <= 64 && FEW_EMOJI.test(text);
}

const FEW_EMOJI =
  /^(?:(?:\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?(?:\u200d\p{Extended_Pictographic}(?:\ufe0f|\p{Emoji_Modifier})?)*|\p{Regional_Indicator}{2})\s?){1,3}$/u;
