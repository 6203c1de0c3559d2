import { once } from "node:events";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { COMMANDS } from "./commands/commands.ts";
import { VARIABLES } from "./configuration/configuration-variables.ts";
import { DATABASE_FILE } from "./store/sqlite-store.ts";
import { TestClient } from "./testing/test-client.ts";
import { addressOf, run } from "./testing/test-program.ts";
import { temporaryFolder } from "./testing/test-relay.ts";

describe("the relay's program", { timeout: 60_000 }, () => {
  it("prints its address, answers there, and ends in order on SIGTERM", async () => {
    const folder = join(temporaryFolder(), "deep", "data");
    const relay = run({ RELAY_DATA: folder });
    const origin = await addressOf(relay);
    expect(origin).toMatch(/^http:\/\/localhost:[1-9]\d*$/);
    const alice = new TestClient({ origin, username: "alice" });
    expect((await alice.publish()).status).toBe(200);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const live = await alice.openLive().authenticate();
    relay.child.kill("SIGTERM");
    expect((await live.closed).code).toBe(1001);
    const { code, out, complaints } = await relay.ended;
    expect(code).toBe(0);
    expect(out).toContain("There is no built app here: only the API is served.");
    for (const line of ["starting", "ready", "drained"]) expect(complaints).toContain(`"msg":"${line}"`);
    expect(complaints).not.toContain("alice");
  });

  it("serves the app it is pointed to, and names its public origin", async () => {
    const app = temporaryFolder();
    writeFileSync(join(app, "index.html"), "<!doctype html>");
    const relay = run({ RELAY_DATA: temporaryFolder(), RELAY_APP: app, RELAY_PUBLIC_ORIGIN: "https://chat.example" });
    expect(await addressOf(relay)).toBe("https://chat.example");
    relay.child.kill("SIGINT");
    expect(await relay.ended).toMatchObject({ code: 0, out: "Sotto is open at https://chat.example\n" });
  });

  it("says in one line that its port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === "object" && address ? String(address.port) : "";
    const { code, out, complaints } = await run({ RELAY_DATA: temporaryFolder(), PORT: port }).ended;
    expect({ code, out }).toEqual({ code: 1, out: "" });
    const lines = complaints
      .trim()
      .split("\n")
      .filter((line) => !line.startsWith("{"));
    expect(lines).toEqual([`Port ${port} on 127.0.0.1 is taken: end what uses it, or choose another with PORT.`]);
  });

  it("says in one line that another relay serves its folder, and leaves that one alone", async () => {
    const folder = temporaryFolder();
    const first = run({ RELAY_DATA: folder });
    const origin = await addressOf(first);
    const { code, out, complaints } = await run({ RELAY_DATA: folder }).ended;
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(complaints.trim()).toBe(`Another relay serves ${folder}: end it, or choose another RELAY_DATA.`);
    expect((await new TestClient({ origin, username: "alice" }).publish()).status).toBe(200);
  });

  it("says in one line that it cannot lock its folder, and does not start without the lock", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "relay.lock"));
    const { code, out, complaints } = await run({ RELAY_DATA: folder }).ended;
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(complaints.trim()).toBe(
      `The relay cannot lock ${folder} (EISDIR): it must own that folder and relay.lock in it; see RELAY_DATA.`,
    );
  });

  it("says in one line each what is wrong with its configuration, and opens nothing", async () => {
    const { code, complaints } = await run({ PORT: "http", RELAY_PUBLIC_ORIGIN: "chat.example" }).ended;
    expect(code).toBe(1);
    expect(complaints.trim().split("\n")).toEqual([
      'PORT must be a number from 0 to 65535, got "http"',
      'RELAY_PUBLIC_ORIGIN must be one origin such as https://chat.example, got "chat.example"',
    ]);
  });

  it("prints its commands and its variables when asked for help, and opens nothing", async () => {
    for (const args of [["--help"], ["-h"], ["invite", "--help"]]) {
      const { code, out, complaints } = await run({ PORT: "http" }, args).ended;
      expect({ code, complaints }).toEqual({ code: 0, complaints: "" });
      expect(out).toMatch(/^Usage: node build\/relay\/main\.js /);
      for (const { name, summary } of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} .*${summary}$`, "m"));
      for (const { name } of Object.values(VARIABLES)) expect(out).toContain(`  ${name} `);
    }
  });

  it("says in one line that its database cannot be opened", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, DATABASE_FILE));
    const { code, complaints } = await run({ RELAY_DATA: folder }).ended;
    expect(code).toBe(1);
    expect(complaints.trim()).toBe(`The database in ${folder} cannot be opened (EISDIR): see RELAY_DATA.`);
  });
});
