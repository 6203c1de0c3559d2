/** Looks for what was planted in a text, in every encoding in which a program might have written it there. */

export interface Planted {
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** What of it occurs in the text, each once. Upper and lower case count as the same. */
export function findPlanted(text: string, planted: readonly Planted[]): readonly string[] {
  const searched = [text, safeDecode(text)].map((one) => one.toLowerCase());
  const found = planted.filter(({ bytes }) =>
    spellings(bytes).some((spelling) => searched.some((one) => one.includes(spelling.toLowerCase()))),
  );
  return [...new Set(found.map(({ what }) => what))];
}

function spellings(bytes: Uint8Array): readonly string[] {
  const buffer = Buffer.from(bytes);
  const numbers = [...bytes];
  return [
    buffer.toString("utf8"),
    buffer.toString("latin1"),
    buffer.toString("hex"),
    ...base64Within(bytes, "base64"),
    ...base64Within(bytes, "base64url"),
    numbers.join(","),
    numbers.join(", "),
    // As JSON has a Uint8Array.
    JSON.stringify({ ...numbers }).slice(1, -1),
  ];
}

/**
 * How bytes look in the base64 of something longer: three ways, by where they begin in a group of three. Characters that
 * also hold bits of a neighbour are left out.
 */
function base64Within(bytes: Uint8Array, encoding: "base64" | "base64url"): readonly string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString(encoding)
      .replace(/=+$/, "");
    const [first, last] = [Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6)];
    return text.slice(first, last);
  });
}

/** Percent encoding undone, where it is one. */
function safeDecode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}
