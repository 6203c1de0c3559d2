/** The file of a backup, with its salt given. */
import { sealBackup } from "../../web/protocol/backup-file.ts";
import { utf8 } from "../../web/protocol/bytes.ts";
import { fromHex, hex } from "../../web/protocol/testing/hex.ts";
import { scriptRandomBytes } from "../../web/protocol/testing/random.ts";

export interface BackupInputs {
  readonly username: string;
  readonly passphrase: string;
  readonly memory: number;
  readonly passes: number;
  readonly salt: string;
  /** UTF-8. Only the file is checked: the content need be none of an account. */
  readonly content: string;
}

/** Short ones: a second chunk would fill pages. */
export const backups: readonly { readonly name: string; readonly inputs: BackupInputs }[] = [
  {
    name: "one chunk, a passphrase that is not in NFC",
    inputs: {
      username: "alice",
      passphrase: "Zoe\u0308 liest am siebten Tag",
      memory: 64,
      passes: 2,
      salt: "0102030405060708090a0b0c0d0e0f10",
      content: '{"kind":"account"}\n{"kind":"end"}',
    },
  },
  {
    name: "no content",
    inputs: {
      username: "bob",
      passphrase: "correct horse battery staple",
      memory: 8,
      passes: 1,
      salt: "101112131415161718191a1b1c1d1e1f",
      content: "",
    },
  },
];

export async function computeBackup(inputs: BackupInputs) {
  const { username, passphrase, memory, passes, salt, content } = inputs;
  const { randomBytes } = scriptRandomBytes(fromHex(salt));
  const cost = { memory, passes };
  return { file: hex(await sealBackup({ username, passphrase, content: utf8(content), cost, randomBytes })) };
}
