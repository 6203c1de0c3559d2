/** In what order the pages of a mailbox are asked for, and when a reading is over. */
import { describe, expect, it } from "vitest";
import type { ReceiveResponse } from "../../relay/wire/mail.ts";
import { MailboxReader } from "./mailbox-reader.ts";
import type { Answer } from "./relay-client.ts";

/** A reader whose relay answers by `pages`: the cursor of the page that follows each one, null after the last. */
function readerOf(pages: ReadonlyMap<string | null, string | null>) {
  const asked: (string | null)[] = [];
  const reader = new MailboxReader({
    receive: async (after): Promise<Answer<ReceiveResponse>> => {
      asked.push(after);
      return { kind: "ok", value: { envelopes: [], next: pages.get(after) ?? null, waiting: 3 } };
    },
  });
  return { reader, asked };
}

const TWO_PAGES = new Map([
  [null, "1"],
  ["1", null],
]);

describe("reading a mailbox", () => {
  it("fetches the next page while one is opened, and ends with the last", async () => {
    const { reader, asked } = readerOf(TWO_PAGES);
    await reader.read();
    expect(asked).toEqual([null, "1"]);
    expect(reader.advance(2)).toBe(true);
    expect(reader.progress).toEqual({ opened: 2, total: 3 });
    await reader.read();
    expect(reader.advance(1)).toBe(false);
    expect(reader.isUnderway).toBe(false);
    expect(asked).toEqual([null, "1"]);
  });

  it("reads once more from the beginning when it was asked for meanwhile", async () => {
    const { reader, asked } = readerOf(new Map());
    await reader.read();
    reader.readAgain();
    expect(reader.advance(0)).toBe(true);
    expect(reader.isUnderway).toBe(true);
    await reader.read();
    expect(reader.advance(0)).toBe(false);
    expect(asked).toEqual([null, null]);
  });

  it("forgets what it was asked for when it is abandoned, or was not reading", async () => {
    const { reader } = readerOf(new Map());
    reader.readAgain();
    await reader.read();
    expect(reader.advance(0)).toBe(false);
    await reader.read();
    reader.readAgain();
    reader.abandon();
    await reader.read();
    expect(reader.advance(0)).toBe(false);
  });
});
