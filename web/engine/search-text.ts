/** How texts are compared when somebody searches: without case, accents and the width of characters. */

/** A text as it is compared: NFKD, lower case, without combining marks. */
export function foldText(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase();
}

/** The words of what was typed, folded; each must occur in a text. Empty when nothing was typed. */
export function foldQuery(typed: string): readonly string[] {
  return foldText(typed)
    .split(/\s+/u)
    .filter((word) => word !== "");
}

/** A part of a text around what was found in it. */
export interface Excerpt {
  /** The parts in order; what was found is marked. */
  readonly parts: readonly { readonly text: string; readonly isMatch: boolean }[];
}

/** How many characters are shown before the first match, and in all. */
const BEFORE = 30;
const LENGTH = 140;

/** What a reader takes for one character. */
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The excerpt of a text for the words that were searched. */
export function excerptOf(text: string, words: readonly string[]): Excerpt {
  const characters = [...GRAPHEMES.segment(text.replace(/\s+/gu, " "))].map(({ segment }) => segment);
  const { folded, origins } = foldWithOrigins(characters);
  const matched = new Set<number>();
  let first = Number.POSITIVE_INFINITY;
  for (const word of words) {
    for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length)) {
      for (let index = at; index < at + word.length; index += 1) matched.add(origins[index] ?? 0);
      first = Math.min(first, origins[at] ?? 0);
    }
  }
  const from = Math.max(0, Math.min(first, characters.length) - BEFORE);
  const until = Math.min(characters.length, from + LENGTH);
  const parts: { text: string; isMatch: boolean }[] = from > 0 ? [{ text: "…", isMatch: false }] : [];
  for (let index = from; index < until; index += 1) {
    const isMatch = matched.has(index);
    const last = parts.at(-1);
    if (last !== undefined && last.isMatch === isMatch) last.text += characters[index] ?? "";
    else parts.push({ text: characters[index] ?? "", isMatch });
  }
  if (until < characters.length) parts.push({ text: "…", isMatch: false });
  return { parts };
}

/** The folded text, and for each of its code units the character that it comes from. */
function foldWithOrigins(characters: readonly string[]): { folded: string; origins: readonly number[] } {
  let folded = "";
  const origins: number[] = [];
  for (const [index, character] of characters.entries()) {
    const part = foldText(character);
    folded += part;
    for (let unit = 0; unit < part.length; unit += 1) origins.push(index);
  }
  return { folded, origins };
}
