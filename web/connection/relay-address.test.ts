import { describe, expect, it } from "vitest";
import { parseRelayAddress } from "./relay-address.ts";

describe("the relay's address", () => {
  it("is the page's own when nothing is said", () => {
    expect(parseRelayAddress("")).toBeNull();
    expect(parseRelayAddress(undefined)).toBeNull();
  });

  it.each([
    "https://chat.example",
    "https://chat.example:8443",
    "https://[2001:db8::1]:8443",
    "http://localhost:8080",
    "http://127.0.0.1",
    "http://[::1]:8080",
  ])("is %s", (text) => {
    expect(parseRelayAddress(text)).toBe(text);
    expect(new URL(text).origin).toBe(text);
  });

  it.each([
    "http://chat.example",
    "http://localhost.mallory.example",
    "http://127.0.0.1.mallory.example",
    "http://localhost:8080.mallory.example",
    "https://chat.example/",
    "https://chat.example/relay",
    "https://chat.example?relay",
    "https://chat.example#relay",
    "https://alice@chat.example",
    "wss://chat.example",
    "javascript:alert(1)",
    "chat.example",
    "*",
    " ",
    "https://chat.example https://mallory.example",
    "https://chat.example\n",
  ])("is not %j", (text) => {
    expect(() => parseRelayAddress(text)).toThrow(TypeError);
  });
});
