/** A byte-for-byte search for things that must not be there, in every spelling they could have. */

/** Something to look for: words, or the bytes of a key. */
export interface Needle {
  /** Says in a report what was found, without showing it. */
  readonly name: string;
  readonly bytes: Buffer;
  readonly kind: "text" | "key";
}

export function textNeedle(name: string, text: string): Needle {
  return { name, bytes: Buffer.from(text, "utf8"), kind: "text" };
}

export function keyNeedle(name: string, base64url: string): Needle {
  return { name, bytes: Buffer.from(base64url, "base64url"), kind: "key" };
}

/** The needles found in these bytes: "<name> as <spelling>". */
export function search(haystack: Buffer, needles: readonly Needle[]): string[] {
  return needles.flatMap((needle) =>
    [...spellings(needle)]
      .filter(([, spelled]) => haystack.includes(spelled))
      .map(([spelling]) => `${needle.name} as ${spelling}`),
  );
}

/** Every spelling that the search knows, by name. */
export function spellings({ bytes, kind }: Needle): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>([
    ["raw bytes", bytes],
    ["hex", Buffer.from(bytes.toString("hex"))],
    ["upper-case hex", Buffer.from(bytes.toString("hex").toUpperCase())],
  ]);
  for (const shift of [0, 1, 2]) {
    const inner = base64Within(bytes, shift);
    found.set(`base64, shifted by ${shift}`, Buffer.from(inner));
    found.set(`base64url, shifted by ${shift}`, Buffer.from(inner.replaceAll("+", "-").replaceAll("/", "_")));
  }
  if (kind === "text") {
    const utf16 = Buffer.from(bytes.toString("utf8"), "utf16le");
    found.set("UTF-16, little-endian", utf16);
    found.set("UTF-16, big-endian", Buffer.from(utf16).swap16());
    found.set("JSON", Buffer.from(JSON.stringify(bytes.toString("utf8")).slice(1, -1)));
  } else {
    found.set("a list of numbers", Buffer.from([...bytes].join(",")));
  }
  return found;
}

/** The characters of a longer base64 text that these bytes alone decide when `shift` other bytes come before them. */
function base64Within(bytes: Buffer, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
  const first = Math.ceil((shift * 8) / 6);
  const last = Math.floor(((shift + bytes.length) * 8) / 6);
  return encoded.slice(first, last);
}
