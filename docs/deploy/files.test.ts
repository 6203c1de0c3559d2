/** The files that deploy a relay, against what the relay and the repository really have. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../relay/commands/commands.ts";
import { readConfiguration } from "../../relay/configuration/configuration.ts";
import { VARIABLES } from "../../relay/configuration/configuration-variables.ts";
import { startTestRelay, temporaryFolder } from "../../relay/testing/test-relay.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => readFileSync(join(repository, path), "utf8");
const names = Object.values(VARIABLES).map(({ name }) => name);

/** Variables that a text gives to the relay, by the relay's own way to begin their names. */
const relayVariables = (text: string) => new Set(text.match(/\bRELAY_[A-Z_]+\b/g));

describe("every file", () => {
  it.each(["Dockerfile", "compose.yaml", "Caddyfile", "docs/deploy/sotto.service", "docs/hosting.md"])(
    "%s sets variables that the relay knows",
    (path) => {
      const variables = relayVariables(read(path));
      expect([...variables].filter((name) => !names.includes(name))).toEqual([]);
      if (path !== "Dockerfile") expect(variables.size).toBeGreaterThan(0);
    },
  );

  it("shows commands that the relay has", () => {
    const shown = [...read("docs/hosting.md").matchAll(/build\/relay\/main\.js (?!-)([a-z-]+)/g)].map(
      ([, name]) => name,
    );
    expect(new Set(shown)).toEqual(new Set(["backup", "restore", "invite"]));
    expect(shown.filter((name) => !COMMANDS.some((command) => command.name === name))).toEqual([]);
  });
});

describe("compose.yaml", () => {
  const compose = read("compose.yaml");
  const value = (name: string) => new RegExp(`^ +${name}: (.*)$`, "m").exec(compose)?.[1] ?? "";
  const given: Readonly<Record<string, string>> = { POSTGRES_PASSWORD: "secret", SOTTO_SITE: "chat.example" };
  /** With what `.env` gives, or the default after `:-`. */
  const filledIn = (text: string) =>
    text.replace(/\$\{(\w+):[?-](\w*)\}/g, (_whole, name: string, fallback: string) => given[name] ?? fallback);

  it("configures relays that would start, under the site's name", () => {
    const environment = Object.fromEntries(
      [...relayVariables(compose)].map((name) => [name, filledIn(value(name))] as const),
    );
    expect(readConfiguration(environment, "/app")).toMatchObject({
      kind: "valid",
      configuration: {
        databaseUrl: "postgres://sotto:secret@database/sotto",
        publicOrigin: "https://chat.example",
        registration: "open",
      },
    });
  });

  it("lets relays believe the proxy's network, and nobody else", () => {
    expect(compose).toContain(`ipv4_address: ${value("RELAY_TRUSTED_PROXIES")}`);
  });

  it("starts relays once PostgreSQL answers, two of them, and opens the proxy's ports only", () => {
    expect(compose).toMatch(/database:\n +condition: service_healthy/);
    expect(compose).toMatch(/database:\n(?: .*\n)* +healthcheck:\n +test: \["CMD-SHELL", "pg_isready /);
    const relays = [...compose.matchAll(/^ {2}(\S+): \*relay$/gm)].map(([, name]) => name);
    expect(relays).toEqual(["relay-1", "relay-2"]);
    expect(value("SOTTO_RELAYS")).toBe(relays.map((name) => `${name}:8080`).join(" "));
    expect(compose.match(/ports:/g)).toHaveLength(1);
    expect(value("ports")).toBe('["80:80", "443:443", "443:443/udp"]');
  });

  it("has no tab, and no key twice at one place of a service", () => {
    expect(compose).not.toContain("\t");
    for (const service of compose.split(/\n {2}(?=\S)/)) {
      const keys = [...service.matchAll(/^ {4}([a-z_]+):/gm)].map(([, key]) => key);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});

describe("the Dockerfile", () => {
  const dockerfile = read("Dockerfile");

  it("copies what is there and not kept from it", () => {
    const ignore = read(".dockerignore").split("\n");
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = ""]) =>
      paths.split(" "),
    );
    expect(copied).toContain("package-lock.json");
    for (const path of copied) {
      expect(existsSync(join(repository, path)), path).toBe(true);
      expect(ignore, path).toContain(`!${path}`);
    }
  });

  it("starts what `npm start` starts, not as root, asked by its health check", () => {
    const { scripts } = JSON.parse(read("package.json"));
    expect(scripts.start).toMatch(/exec node build\/relay\/main\.js$/);
    expect(dockerfile).toMatch(/^CMD \["node", "build\/relay\/main\.js"\]$/m);
    expect(dockerfile.lastIndexOf("\nUSER node\n")).toBeGreaterThan(dockerfile.lastIndexOf("\nRUN "));
    const environment =
      /^ENV (.*)$/m
        .exec(dockerfile)?.[1]
        ?.split(" ")
        .map((pair) => pair.split("=")) ?? [];
    expect(readConfiguration(Object.fromEntries(environment), "/app")).toMatchObject({
      configuration: { host: "0.0.0.0", port: 8080, dataFolder: "/data" },
    });
  });

  it("has a health check that tells a relay that takes mail from one that does not", async () => {
    const command = /CMD (\["node", "-e", .*\])$/m.exec(dockerfile)?.[1] ?? "[]";
    const [, ...args]: readonly string[] = JSON.parse(command);
    const check = async (port: number) => {
      const child = spawn(process.execPath, args, { env: { PORT: String(port) }, stdio: "ignore" });
      return new Promise((resolve) => child.on("exit", resolve));
    };
    const relay = await startTestRelay();
    const port = relay.relay.port();
    expect(await check(port)).toBe(0);
    await relay.stop();
    expect(await check(port)).toBe(1);
  });
});

describe("sotto.service", () => {
  const unit = read("docs/deploy/sotto.service");
  const analyzer = spawnSync("systemd-analyze", ["--version"]).status === 0;

  it("keeps data where the service may write, and gives the relay time to end", () => {
    const setting = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1];
    expect(unit).toContain(`Environment=RELAY_DATA=/var/lib/${setting("StateDirectory")}\n`);
    expect(setting("KillSignal")).toBe("SIGTERM");
    expect(Number(setting("TimeoutStopSec"))).toBeGreaterThan(15);
    expect(setting("ExecStart")).toBe("/usr/bin/node build/relay/main.js");
  });

  it.skipIf(!analyzer)("has no fault that systemd sees, and exposes little", () => {
    const file = join(temporaryFolder(), "sotto.service");
    writeFileSync(file, unit.replaceAll("/usr/bin/node", process.execPath).replaceAll("/opt/sotto", repository));
    const verified = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
    expect([verified.status, verified.stderr]).toEqual([0, ""]);
    const tenths = "--threshold=20";
    expect(spawnSync("systemd-analyze", ["security", "--offline=true", tenths, file]).status).toBe(0);
  });
});

describe("the headers for a page from elsewhere", () => {
  const shown = new Map(
    (/```http\n([\s\S]*?)```/.exec(read("docs/hosting.md"))?.[1] ?? "")
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/: (.*)/) as [string, string])
      .map(([name, text]) => [name.toLowerCase(), text] as const),
  );

  it("are the relay's own, but for where the page may connect", async () => {
    const relay = await startTestRelay({ publicOrigin: "https://chat.example" });
    const { headers } = await relay
      .stranger("alice")
      .exchange({ method: "GET", target: "/live", headers: {}, body: "" });
    const own = String(headers["content-security-policy"])
      .split(";")
      .map((part) => part.trim().replace(/ +/g, " "));
    const theirs = shown.get("content-security-policy")?.split("; ") ?? [];
    const elsewhere = "connect-src 'self' https://chat.example wss://chat.example";
    expect(theirs.map((part) => (part === elsewhere ? "connect-src 'self'" : part)).sort()).toEqual(own.sort());
    for (const [name, text] of shown) {
      if (name === "content-security-policy" || name === "permissions-policy") continue;
      expect(headers[name]?.toString().toLowerCase(), name).toBe(text.toLowerCase());
    }
    const permissions = String(headers["permissions-policy"]).split(", ");
    for (const part of shown.get("permissions-policy")?.split(", ") ?? []) expect(permissions).toContain(part);
  });
});
