import { describe, expect, it } from "vitest";
import { formatWorkerName, parseWorkerName } from "./worker-name.ts";

describe("worker names", () => {
  it("are read as they are written", () => {
    expect(formatWorkerName({ kind: "directory" })).toBe("sotto/directory");
    expect(formatWorkerName({ kind: "account", username: "alice", relay: null })).toBe("sotto/account/alice");
    const elsewhere = { kind: "account", username: "alice", relay: "https://chat.example:8443" } as const;
    expect(parseWorkerName(formatWorkerName(elsewhere))).toEqual(elsewhere);
    for (const name of ["sotto/directory", "sotto/account/alice", "sotto/account/alice@https://chat.example"]) {
      const role = parseWorkerName(name);
      expect(role === null ? null : formatWorkerName(role)).toBe(name);
    }
  });

  it.each([
    "",
    "sotto/account/",
    "sotto/account/@https://chat.example",
    "sotto/accounts/alice",
    "alice",
    "sotto/directory/",
  ])("are not %j", (name) => {
    expect(parseWorkerName(name)).toBeNull();
  });
});
