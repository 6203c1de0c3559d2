import { describe, expect, it } from "vitest";
import { openAccountDirectory } from "./accounts.ts";
import { createMemoryDisk } from "./memory.ts";

describe("the directory of accounts", () => {
  it("lists what was added, in alphabetical order, once each", async () => {
    const disk = createMemoryDisk();
    const directory = openAccountDirectory(disk.open("directory"));
    expect(await directory.list()).toEqual([]);
    for (const username of ["bob", "alice", "bob"]) await directory.add(username);
    expect(await openAccountDirectory(disk.open("directory")).list()).toEqual(["alice", "bob"]);
  });

  it("forgets what was removed, and nothing else", async () => {
    const directory = openAccountDirectory(createMemoryDisk().open("directory"));
    await directory.add("alice");
    await directory.add("bob");
    await directory.remove("alice");
    await directory.remove("carol");
    expect(await directory.list()).toEqual(["bob"]);
  });
});
