import { describe, expect, it } from "vitest";
import { allowedOrigins } from "./allowed-origins.ts";

describe("the allowed origins", () => {
  it("are every loopback name at the port when no public origin is given", () => {
    const { origins, authorities } = allowedOrigins(null, 8080);
    expect([...origins]).toEqual(["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"]);
    expect([...authorities]).toEqual(["localhost:8080", "127.0.0.1:8080", "[::1]:8080"]);
    expect([...allowedOrigins(null, 80).authorities]).toEqual(["localhost", "127.0.0.1", "[::1]"]);
  });

  it("are the public origin alone when it is given", () => {
    const { origins, authorities } = allowedOrigins("https://chat.example", 8080);
    expect([...origins]).toEqual(["https://chat.example"]);
    expect([...authorities]).toEqual(["chat.example"]);
  });

  it("let pages from elsewhere in, without answering to their names", () => {
    const { origins, authorities, pages } = allowedOrigins("https://chat.example", 8080, ["https://app.example"]);
    expect([...pages]).toEqual(["https://chat.example", "https://app.example"]);
    expect([...origins]).toEqual(["https://chat.example"]);
    expect([...authorities]).toEqual(["chat.example"]);
    expect([...allowedOrigins(null, 80).pages]).toEqual(["http://localhost", "http://127.0.0.1", "http://[::1]"]);
  });
});
