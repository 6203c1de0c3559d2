/** Runs the repository's Caddyfile with a real Caddy: the system's own, or one that apt fetches where root may ask it. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../relay/testing/test-relay.ts";

const CADDYFILE = fileURLToPath(new URL("../../../Caddyfile", import.meta.url));
/** Where a fetched Caddy is kept, so that it is fetched once. */
const CACHE = fileURLToPath(new URL("../../../node_modules/.cache/sotto-caddy", import.meta.url));
const APT_MILLISECONDS = 180_000;

/** What a test does not want of Caddy: its fixed port for commands, port 80, and to change what the system trusts. */
const TEST_OPTIONS = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n";

export const NO_CADDY =
  "Caddy was not found and not run: install it (Debian: `sudo apt install caddy`), and try again.";

/** The path of a Caddy that runs; null when there is none, and none can be fetched. */
export function findCaddy(): string | null {
  const fetched = join(CACHE, "usr/bin/caddy");
  const there = ["caddy", fetched].find(runs);
  if (there !== undefined) return there;
  fetchCaddy();
  return runs(fetched) ? fetched : null;
}

function runs(program: string): boolean {
  return spawnSync(program, ["version"], { stdio: "ignore" }).status === 0;
}

/** Unpacks Debian's package without installing it, which would start a service. */
function fetchCaddy(): void {
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"], { stdio: "ignore" }).status !== 0) return;
  mkdirSync(CACHE, { recursive: true });
  const options = { cwd: CACHE, stdio: "ignore", timeout: APT_MILLISECONDS } as const;
  if (spawnSync("apt-get", ["download", "caddy"], options).status !== 0) {
    spawnSync("apt-get", ["update"], options);
    spawnSync("apt-get", ["download", "caddy"], options);
  }
  const archive = readdirSync(CACHE).find((name) => name.endsWith(".deb"));
  if (archive !== undefined) spawnSync("dpkg", ["-x", archive, "."], options);
}

/** The Caddyfile after Caddy has read it, as JSON; throws with what Caddy says of it. */
export function adaptCaddyfile(caddy: string, environment: Readonly<Record<string, string>>): string {
  const args = ["adapt", "--config", CADDYFILE, "--adapter", "caddyfile", "--validate"];
  const { status, stdout, stderr } = spawnSync(caddy, args, { env: { ...scope(), ...environment }, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

export interface TestCaddy {
  /** The root of its own certificates, once it has served https. */
  certificate(): string;
}

/** Serves the site, an address such as `http://localhost:8081`, in front of relays; ends with the test. */
export async function startCaddy(caddy: string, site: string, relays: readonly string[]): Promise<TestCaddy> {
  const folder = temporaryFolder();
  const config = join(folder, "Caddyfile");
  writeFileSync(config, TEST_OPTIONS + readFileSync(CADDYFILE, "utf8"));
  const child = spawn(caddy, ["run", "--config", config, "--adapter", "caddyfile"], {
    env: { ...scope(), HOME: folder, XDG_DATA_HOME: folder, SOTTO_SITE: site, SOTTO_RELAYS: relays.join(" ") },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const port = Number(new URL(site).port);
  await expect.poll(() => answers(child, port, () => said), { timeout: 30_000, interval: 50 }).toBe(true);
  const root = join(folder, "caddy/pki/authorities/local/root.crt");
  if (site.startsWith("https:")) await expect.poll(() => existsSync(root), { timeout: 30_000 }).toBe(true);
  return { certificate: () => readFileSync(root, "utf8") };
}

function scope(): Readonly<Record<string, string>> {
  const { PATH = "" } = process.env;
  return { PATH };
}

function answers(child: ChildProcess, port: number, said: () => string): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`Caddy ended: ${said()}`);
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
