import { describe, expect, it } from "vitest";
import { formatWorkerName, parseWorkerName } from "./worker-name.ts";

describe("worker names", () => {
  it("are read as they are written", () => {
    expect(formatWorkerName({ kind: "directory" })).toBe("sotto/directory");
    expect(formatWorkerName({ kind: "account", username: "alice" })).toBe("sotto/account/alice");
    for (const name of ["sotto/directory", "sotto/account/alice"]) {
      const role = parseWorkerName(name);
      expect(role === null ? null : formatWorkerName(role)).toBe(name);
    }
  });

  it.each(["", "sotto/account/", "sotto/accounts/alice", "alice", "sotto/directory/"])("are not %j", (name) => {
    expect(parseWorkerName(name)).toBeNull();
  });
});
