import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { DATABASE_FILE } from "./store/sqlite-store.ts";
import { TestClient } from "./testing/test-client.ts";
import { temporaryFolder } from "./testing/test-relay.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

interface Run {
  readonly child: ChildProcess;
  /** All of standard output and of standard error, once the process has ended, and its exit code. */
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly complaints: string }>;
}

function run(environment: Readonly<Record<string, string>>): Run {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", MAIN], {
    env: { PATH, PORT: "0", RELAY_APP: "/nonexistent", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let out = "";
  let complaints = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  const ended = once(child, "close").then(([code]) => ({
    code: typeof code === "number" ? code : null,
    out,
    complaints,
  }));
  return { child, ended };
}

/** Waits for the line that a person would open, and returns its address. */
async function addressOf({ child, ended }: Run): Promise<string> {
  if (!child.stdout) throw new Error("no standard output");
  const found = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout ?? process.stdin }).on("line", (line) => {
      const [, address] = /^Sotto is open at (\S+)$/.exec(line) ?? [];
      if (address) resolve(address);
    });
  });
  return Promise.race([
    found,
    ended.then(({ complaints }) => {
      throw new Error(`relay ended before it listened: ${complaints}`);
    }),
  ]);
}

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
    expect(complaints).toContain('"msg":"stopped"');
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

  it("says in one line each what is wrong with its configuration, and opens nothing", async () => {
    const { code, complaints } = await run({ PORT: "http", RELAY_PUBLIC_ORIGIN: "chat.example" }).ended;
    expect(code).toBe(1);
    expect(complaints.trim().split("\n")).toEqual([
      'PORT must be a number from 0 to 65535, got "http"',
      'RELAY_PUBLIC_ORIGIN must be one origin such as https://chat.example, got "chat.example"',
    ]);
  });

  it("says in one line that its database cannot be opened", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, DATABASE_FILE));
    const { code, complaints } = await run({ RELAY_DATA: folder }).ended;
    expect(code).toBe(1);
    expect(complaints.trim()).toBe(`The database in ${folder} cannot be opened (EISDIR): see RELAY_DATA.`);
  });
});
