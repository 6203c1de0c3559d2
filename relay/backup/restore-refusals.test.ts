import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DATABASE_FILE } from "../store/sqlite-store.ts";
import { fresh, NOON } from "../store/testing/contract-fixtures.ts";
import { temporaryFolder } from "../testing/test-relay.ts";
import { backUpFolder, contentOfFolder, openFile, restoreToFolder } from "./testing/backup-fixtures.ts";
import { aNonce, manyNonces, openStore, usedStore } from "./testing/used-store.ts";

describe("a restore that is refused", () => {
  async function usedBackup(): Promise<string> {
    return backUpFolder((await usedStore()).folder);
  }

  async function expectRefused(file: string, kind: string): Promise<void> {
    const folder = join(temporaryFolder(), "data");
    expect(await restoreToFolder(file, folder)).toEqual({ kind });
    expect(existsSync(folder)).toBe(false);
  }

  it("names a file that is not there, and makes none", async () => {
    const file = join(temporaryFolder(), "backup.sqlite");
    await expectRefused(file, "missing");
    expect(existsSync(file)).toBe(false);
  });

  it("was of a file that is no database, or another program's", async () => {
    const file = join(temporaryFolder(), "backup.sqlite");
    writeFileSync(file, "Dear diary, today I made no backup. ".repeat(100));
    await expectRefused(file, "damaged");
    const other = join(temporaryFolder(), "other.sqlite");
    writeFileSync(other, "");
    await expectRefused(other, "foreign");
    openFile(other).exec("create table diary (entry text)");
    await expectRefused(other, "foreign");
  });

  it("was of a file that lost its end", async () => {
    const file = await usedBackup();
    const { length } = readFileSync(file);
    for (const left of [length - 1, length - 4096, Math.floor(length / 2), 4096, 100]) {
      truncateSync(file, left);
      await expectRefused(file, "damaged");
    }
  });

  it("was of a file with a page of something else in it", async () => {
    const file = await usedBackup();
    const bytes = readFileSync(file);
    const pages = bytes.length / 4096;
    for (let page = 0; page < pages; page += 1) {
      const damaged = Buffer.from(bytes);
      damaged.fill(0xa5, page * 4096, (page + 1) * 4096);
      writeFileSync(file, damaged);
      await expectRefused(file, "damaged");
    }
    writeFileSync(file, bytes);
    expect(await restoreToFolder(file, temporaryFolder())).toMatchObject({ kind: "restored" });
  });

  it("was of a newer relay's backup", async () => {
    const file = await usedBackup();
    openFile(file).prepare("insert into kysely_migration values ('9999-later', '')").run();
    await expectRefused(file, "newer");
  });

  it("was into a database that holds something: it stays as it is", async () => {
    const file = await usedBackup();
    const target = temporaryFolder();
    const store = await openStore(target);
    await store.check();
    const { length: nonces } = [
      await store.claimNonce({ ...aNonce, nonce: fresh(16) }),
      await store.claimNonce(aNonce),
    ];
    await store.addInvite({ codeHash: fresh(), uses: 1, expiresAt: NOON });
    const before = await contentOfFolder(target);
    expect(await restoreToFolder(file, target)).toEqual({ kind: "in-use" });
    expect(await contentOfFolder(target)).toEqual(before);

    // What strangers and the relay itself leave is no use.
    await store.sweep(NOON + 1);
    expect(await restoreToFolder(file, target)).toMatchObject({ kind: "restored" });
    expect((await contentOfFolder(target))?.["nonce"]).toHaveLength(nonces);
    expect(await restoreToFolder(file, target)).toEqual({ kind: "in-use" });
  });

  it.each(["cancelled", "failing"])("was %s on its way: nothing of it is there", async (end) => {
    const { folder } = await usedStore();
    openFile(join(folder, DATABASE_FILE)).prepare(manyNonces).run();
    const file = await backUpFolder(folder);
    const target = temporaryFolder();
    await (await openStore(target)).check();
    const before = await contentOfFolder(target);
    const cancel = new AbortController();
    const failure = new Error("disk is gone");
    let pages = 0;
    const onProgress = () => {
      pages += 1;
      if (pages === 9) {
        if (end === "failing") throw failure;
        cancel.abort(failure);
      }
    };
    const restored = restoreToFolder(file, target, { onProgress, signal: cancel.signal });
    await expect(restored).rejects.toBe(failure);
    expect(pages).toBe(9);
    expect(await contentOfFolder(target)).toEqual(before);
    expect(await restoreToFolder(file, target)).toMatchObject({ kind: "restored" });
  });
});
