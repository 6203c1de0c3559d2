import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { includesAddress } from "./address-list.ts";
import { type Configuration, describeVariables, readConfiguration } from "./configuration.ts";
import { VARIABLES } from "./configuration-variables.ts";

const read = (environment: Readonly<Record<string, string>>) => readConfiguration(environment, "/default/app");

function valid(environment: Readonly<Record<string, string>>): Configuration {
  const outcome = read(environment);
  if (outcome.kind !== "valid") throw new Error(outcome.faults.join("; "));
  return outcome.configuration;
}

describe("the configuration", () => {
  it("needs nothing", () => {
    const empty = Object.fromEntries(Object.values(VARIABLES).map(({ name }) => [name, " "]));
    for (const environment of [{}, empty]) {
      const { trustedProxies, metricsFrom, ...others } = valid(environment);
      expect(others).toEqual({
        host: "127.0.0.1",
        port: 8080,
        dataFolder: resolve("data"),
        databaseUrl: null,
        publicOrigin: null,
        allowedOrigins: [],
        appFolder: "/default/app",
        registration: "open",
        mailDays: 30,
        mailboxEnvelopes: 10_000,
        blobDays: 30,
        blobAccountMebibytes: 1024,
        blobTotalMebibytes: 20_480,
        logLevel: "info",
      });
      expect(includesAddress(trustedProxies, "127.0.0.1")).toBe(false);
      for (const address of ["127.0.0.1", "127.9.9.9", "::1"]) expect(includesAddress(metricsFrom, address)).toBe(true);
      for (const address of ["192.0.2.1", "::2"]) expect(includesAddress(metricsFrom, address)).toBe(false);
    }
  });

  it("takes what is given", () => {
    const { trustedProxies, metricsFrom, ...others } = valid({
      HOST: "::1",
      PORT: "0",
      RELAY_DATA: "/srv/sotto",
      RELAY_DATABASE_URL: "postgres://sotto:secret@database.example/sotto",
      RELAY_PUBLIC_ORIGIN: "https://Chat.example:443/",
      RELAY_ALLOWED_ORIGINS: "https://a.example, http://localhost:5173/",
      RELAY_APP: "/srv/app",
      RELAY_REGISTRATION: "invite",
      RELAY_MAIL_DAYS: "7",
      RELAY_MAILBOX_ENVELOPES: "500",
      RELAY_BLOB_DAYS: "8",
      RELAY_BLOB_ACCOUNT_MIB: "50",
      RELAY_BLOB_TOTAL_MIB: "400",
      RELAY_TRUSTED_PROXIES: "192.0.2.1",
      RELAY_METRICS_FROM: "10.0.0.0/8",
      RELAY_LOG: "debug",
    });
    expect(others).toEqual({
      host: "::1",
      port: 0,
      dataFolder: "/srv/sotto",
      databaseUrl: "postgres://sotto:secret@database.example/sotto",
      publicOrigin: "https://chat.example",
      allowedOrigins: ["https://a.example", "http://localhost:5173"],
      appFolder: "/srv/app",
      registration: "invite",
      mailDays: 7,
      mailboxEnvelopes: 500,
      blobDays: 8,
      blobAccountMebibytes: 50,
      blobTotalMebibytes: 400,
      logLevel: "debug",
    });
    expect(includesAddress(trustedProxies, "192.0.2.1")).toBe(true);
    expect(includesAddress(metricsFrom, "10.1.2.3")).toBe(true);
    expect(includesAddress(metricsFrom, "127.0.0.1")).toBe(false);
    expect(valid({ RELAY_PUBLIC_ORIGIN: "http://localhost:5173" }).publicOrigin).toBe("http://localhost:5173");
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

  it("keeps mail for 1 to 30 days", () => {
    for (const days of ["1", "30"]) expect(read({ RELAY_MAIL_DAYS: days }).kind, days).toBe("valid");
    for (const days of ["0", "31", "-1", "1.5", "a week"]) {
      expect(read({ RELAY_MAIL_DAYS: days }).kind, days).toBe("invalid");
    }
  });

  it("lets 1 to 1000000 messages wait for an account", () => {
    for (const count of ["1", "1000000"]) expect(read({ RELAY_MAILBOX_ENVELOPES: count }).kind, count).toBe("valid");
    for (const count of ["0", "1000001", "1e3"]) {
      expect(read({ RELAY_MAILBOX_ENVELOPES: count }).kind, count).toBe("invalid");
    }
  });

  it("keeps attachments for 1 to 30 days, and 0 to 8388608 MiB of them", () => {
    for (const days of ["1", "30"]) expect(read({ RELAY_BLOB_DAYS: days }).kind, days).toBe("valid");
    for (const days of ["0", "31", "1.5", "-1"]) expect(read({ RELAY_BLOB_DAYS: days }).kind, days).toBe("invalid");
    for (const name of ["RELAY_BLOB_ACCOUNT_MIB", "RELAY_BLOB_TOTAL_MIB"]) {
      for (const size of ["0", "1", "8388608"]) expect(read({ [name]: size }).kind, size).toBe("valid");
      for (const size of ["8388609", "-1", "1.5", "1G"]) expect(read({ [name]: size }).kind, size).toBe("invalid");
    }
  });

  it.each([
    ["RELAY_REGISTRATION", "Open"],
    ["RELAY_LOG", "trace"],
    ["RELAY_ALLOWED_ORIGINS", "https://a.example,*"],
    ["RELAY_ALLOWED_ORIGINS", "https://a.example,"],
    ["RELAY_TRUSTED_PROXIES", "10.0.0.0/33"],
    ["RELAY_METRICS_FROM", "monitoring.example"],
    ["RELAY_DATABASE_URL", "mysql://database.example/sotto"],
    ["RELAY_DATABASE_URL", "database.example"],
  ])("refuses %s=%s", (name, text) => {
    expect(read({ [name]: text })).toMatchObject({ kind: "invalid", faults: [expect.stringContaining(name)] });
  });

  it("shows a database's address, which may hold a password, to nobody", () => {
    const outcome = read({ RELAY_DATABASE_URL: "mysql://sotto:secret-word@database.example/sotto" });
    expect(JSON.stringify(outcome)).not.toContain("secret-word");
    expect(outcome).toMatchObject({ faults: [expect.stringContaining("RELAY_DATABASE_URL must be")] });
  });

  it("knows every variable that begins as its own do, and names the nearest to one that it does not", () => {
    expect(read({ RELAY_REGISTRATON: "open", RELAYS: "2", DATABASE_URL: "x", RELAY_LOGS: "info" })).toEqual({
      kind: "invalid",
      faults: [
        "RELAY_REGISTRATON is no variable of the relay: did you mean RELAY_REGISTRATION? See --help",
        "RELAY_LOGS is no variable of the relay: did you mean RELAY_LOG? See --help",
      ],
    });
    expect(read({ RELAY_UNKNOWN: "" }).kind).toBe("valid");
  });

  it("is described in full, one line for each variable with its default", () => {
    const lines = describeVariables();
    expect(lines).toHaveLength(Object.keys(VARIABLES).length);
    for (const { name, meaning, shown } of Object.values(VARIABLES)) {
      const line = lines.find((one) => one.trim().startsWith(`${name} `));
      expect(line, name).toContain(`${meaning} (default: ${shown})`);
    }
  });

  it("is listed in the README, with the same defaults", () => {
    const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");
    for (const { name, shown } of Object.values(VARIABLES)) {
      const [, inReadme] = new RegExp(`^\\| \`${name}\` \\| ([^|]+) \\|`, "m").exec(readme) ?? [];
      expect(inReadme?.replaceAll("`", ""), name).toBe(shown);
    }
  });

  it("shows defaults that are what an empty environment stands for", () => {
    for (const variable of Object.values(VARIABLES)) {
      if (!/^[\w./:,]+$/.test(variable.shown) || variable.shown === "none") continue;
      const given = valid({ [variable.name]: variable.shown });
      expect(given, variable.name).toEqual(valid({}));
    }
  });
});
