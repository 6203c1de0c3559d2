import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readConfiguration } from "./configuration.ts";

const read = (environment: Readonly<Record<string, string>>) => readConfiguration(environment, "/default/app");

describe("the configuration", () => {
  it("needs nothing", () => {
    const configuration = {
      host: "127.0.0.1",
      port: 8080,
      dataFolder: resolve("data"),
      publicOrigin: null,
      appFolder: "/default/app",
    };
    expect(read({})).toEqual({ kind: "valid", configuration });
    const empty = { HOST: "", PORT: " ", RELAY_DATA: "", RELAY_PUBLIC_ORIGIN: "", RELAY_APP: "" };
    expect(read(empty)).toEqual({ kind: "valid", configuration });
  });

  it("takes what is given", () => {
    const given = {
      HOST: "::1",
      PORT: "0",
      RELAY_DATA: "/srv/sotto",
      RELAY_PUBLIC_ORIGIN: "https://Chat.example:443/",
      RELAY_APP: "/srv/app",
    };
    expect(read(given)).toEqual({
      kind: "valid",
      configuration: {
        host: "::1",
        port: 0,
        dataFolder: "/srv/sotto",
        publicOrigin: "https://chat.example",
        appFolder: "/srv/app",
      },
    });
    expect(read({ RELAY_PUBLIC_ORIGIN: "http://localhost:5173" })).toMatchObject({
      configuration: { publicOrigin: "http://localhost:5173" },
    });
  });

  it("has one line for every fault", () => {
    const outcome = read({ HOST: "a b", PORT: "65536", RELAY_PUBLIC_ORIGIN: "chat.example" });
    expect(outcome).toEqual({
      kind: "invalid",
      faults: [
        'HOST must be an address or host name to listen on, got "a b"',
        'PORT must be a number from 0 to 65535, got "65536"',
        'RELAY_PUBLIC_ORIGIN must be one origin such as https://chat.example, got "chat.example"',
      ],
    });
  });

  it("takes ports from 0 to 65535", () => {
    for (const port of ["0", "1", "65535"]) expect(read({ PORT: port }).kind, port).toBe("valid");
    for (const port of ["-1", "65536", "1e3", "80.5", "http", "0x50"]) {
      expect(read({ PORT: port }).kind, port).toBe("invalid");
    }
  });

  it("takes an origin and nothing more as the public origin", () => {
    const wrong = [
      "https://chat.example/path",
      "https://chat.example?x",
      "https://chat.example/#x",
      "https://user@chat.example",
      "ftp://chat.example",
      "https://*.example",
      "https://a.example https://b.example",
      "null",
    ];
    for (const origin of wrong) expect(read({ RELAY_PUBLIC_ORIGIN: origin }).kind, origin).toBe("invalid");
  });
});
