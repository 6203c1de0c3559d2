import { describe, expect, it } from "vitest";
import { accountPath, inviteLink, parseRoute, startPath } from "./route.ts";

describe("parseRoute", () => {
  it("knows the start page and an account's page", () => {
    expect(parseRoute("/", "")).toEqual({ kind: "start", invite: null });
    expect(parseRoute("/u/alice", "")).toEqual({ kind: "account", username: "alice", invite: null });
    expect(parseRoute("/u/alice/", "")).toEqual({ kind: "account", username: "alice", invite: null });
  });

  it("finds nothing at any other address", () => {
    for (const path of ["/u", "/u/", "/u/Alice", "/u/al", "/u/alice/bob", "/u/%61lice", "/about", "//u/alice", ""]) {
      expect(parseRoute(path, "")).toEqual({ kind: "not-found" });
    }
  });

  it("reads an invitation from the fragment", () => {
    expect(parseRoute("/", "#invite=bob")).toEqual({ kind: "start", invite: "bob" });
    expect(parseRoute("/u/alice", "#invite=bob")).toEqual({ kind: "account", username: "alice", invite: "bob" });
  });

  it("ignores an invitation that names nobody", () => {
    for (const hash of ["#invite=", "#invite=Bob", "#invite=b", "#invite=bob&x=1", "#invite=<b>", "#other=bob", "#"]) {
      expect(parseRoute("/", hash)).toEqual({ kind: "start", invite: null });
    }
  });

  it("reads back the paths it writes", () => {
    expect(startPath(null)).toBe("/");
    expect(accountPath("alice")).toBe("/u/alice");
    expect(accountPath("alice", "bob")).toBe("/u/alice#invite=bob");
    expect(inviteLink("https://chat.example", "alice")).toBe("https://chat.example/#invite=alice");
  });
});
