/** The file of a backup: what opens it, and that nothing else does. */
import { describe, expect, it } from "vitest";
import { BackupError, CHUNK_BYTES, openBackup, readBackupUsername, sealBackup } from "./backup-file.ts";
import { type Bytes, concat, utf8 } from "./bytes.ts";

const CHEAP = { memory: 8, passes: 1 };
const PASSPHRASE = "correct horse battery staple";
const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));

const seal = (content: Bytes) =>
  sealBackup({ username: "alice", passphrase: PASSPHRASE, content, cost: CHEAP, randomBytes });

async function codeOf(opening: Promise<unknown>): Promise<string> {
  try {
    await opening;
  } catch (error) {
    if (error instanceof BackupError) return error.code;
    throw error;
  }
  return "opened";
}

describe("a backup's file", () => {
  it.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])("holds %i bytes", async (length) => {
    const content = new Uint8Array(length).fill(7);
    const file = await seal(content);
    expect(readBackupUsername(file)).toBe("alice");
    expect(await openBackup(file, PASSPHRASE)).toEqual({ username: "alice", content });
    expect(file.length).toBe(8 + 2 + 5 + 16 + 8 + length + 16 * Math.max(1, Math.ceil(length / CHUNK_BYTES)));
  });

  it("opens with its passphrase, however that is composed, and with no other", async () => {
    const options = { username: "alice", content: utf8("words"), cost: CHEAP, randomBytes };
    const file = await sealBackup({ ...options, passphrase: "Zoë liest" });
    expect(await codeOf(openBackup(file, "Zoe\u0308 liest"))).toBe("opened");
    expect(await codeOf(openBackup(file, "Zoe liest"))).toBe("wrong-passphrase");
  });

  it("is refused at every length that is not its own", async () => {
    const file = await seal(utf8("a few words"));
    for (let length = 0; length < file.length; length += 1) {
      expect(await codeOf(openBackup(file.slice(0, length), PASSPHRASE)), `${length} bytes`).not.toBe("opened");
    }
    expect(await codeOf(openBackup(concat(file, Uint8Array.of(0)), PASSPHRASE))).not.toBe("opened");
  });

  it("is refused with any byte altered", async () => {
    const file = await seal(utf8("a few words"));
    for (let at = 0; at < file.length; at += 1) {
      const altered = file.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(await codeOf(openBackup(altered, PASSPHRASE)), `byte ${at}`).not.toBe("opened");
    }
  });

  it("is refused with a chunk missing, doubled, moved, or taken from another file", async () => {
    const content = concat(...[1, 2, 3].map((byte) => new Uint8Array(CHUNK_BYTES).fill(byte)));
    const file = await seal(content);
    const start = file.length - 3 * (CHUNK_BYTES + 16);
    const header = file.slice(0, start);
    const [one, two, three] = [0, 1, 2].map((index) =>
      file.slice(start + index * (CHUNK_BYTES + 16), start + (index + 1) * (CHUNK_BYTES + 16)),
    ) as [Bytes, Bytes, Bytes];
    const other = (await seal(content)).slice(start + CHUNK_BYTES + 16, start + 2 * (CHUNK_BYTES + 16));
    for (const chunks of [
      [one, two],
      [one, three],
      [one, two, two, three],
      [one, three, two],
      [one, other, three],
    ]) {
      expect(await codeOf(openBackup(concat(header, ...chunks), PASSPHRASE))).toBe("damaged");
    }
    expect(await codeOf(openBackup(concat(header, two, three), PASSPHRASE))).toBe("wrong-passphrase");
    expect(await codeOf(openBackup(file, PASSPHRASE))).toBe("opened");
  });

  it("is refused before it costs anything when it asks for too much", async () => {
    const file = await seal(utf8("words"));
    const at = 8 + 2 + 5 + 16;
    for (const [offset, value] of [
      [0, 2 ** 31],
      [0, 7],
      [4, 0],
      [4, 2 ** 31],
    ] as const) {
      const altered = file.slice();
      new DataView(altered.buffer).setUint32(at + offset, value);
      expect(await codeOf(openBackup(altered, PASSPHRASE))).toBe("not-a-backup");
    }
  });

  it("is told apart from other files, and from those of a later version", async () => {
    expect(await codeOf(openBackup(utf8("PK\u0003\u0004"), PASSPHRASE))).toBe("not-a-backup");
    expect(await codeOf(openBackup(new Uint8Array(0), PASSPHRASE))).toBe("not-a-backup");
    const later = await seal(utf8("words"));
    later[7] = 2;
    expect(await codeOf(openBackup(later, PASSPHRASE))).toBe("newer-version");
  });
});
