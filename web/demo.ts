/**
 * The story in a terminal: Bob is away, Alice writes, Bob comes back. The same protocol and engine as in the browser,
 * over storage in memory and a real relay in a process of its own. Secrets are shown by fingerprints only.
 *
 * Ends with 1 when the two shared secrets differ or the handshake lacks one of its parts, when the relay's store
 * contains the plaintext, or when it takes too long; the composition root of the terminal.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { WebSocket } from "ws";
import { parsePublishRequest } from "../relay/wire/keys.ts";
import { parseManifest } from "../relay/wire/manifest.ts";
import type { EngineApi } from "./engine/api.ts";
import { createEngine } from "./engine/engine.ts";
import type { Clock, EnginePorts, RelayNetwork } from "./engine/ports.ts";
import { createRelayNetwork } from "./network/relay-network.ts";
import type { X3dhResult } from "./protocol/x3dh.ts";
import { createMemoryDisk } from "./storage/memory.ts";
import { openSealedStore } from "./storage/sealed-store.ts";

const PLAINTEXT = "Meet me where the river bends, at nine.";
const PATIENCE_MS = 60_000;

type Engine = EngineApi & { stop(): Promise<void> };

const clock: Clock = {
  now: Date.now,
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

function say(line = ""): void {
  console.log(line);
}

function fingerprint(bytes: Uint8Array): string {
  const hex = createHash("sha256").update(bytes).digest("hex");
  return `${hex.slice(0, 4)} ${hex.slice(4, 8)} ${hex.slice(8, 12)} ${hex.slice(12, 16)}`;
}

/** Starts a relay on a free port; resolves to its origin once it takes mail. */
async function startRelay(folder: string): Promise<{ readonly origin: string; readonly process: ChildProcess }> {
  const program = fileURLToPath(new URL("../relay/main.ts", import.meta.url));
  const environment = { ...process.env, HOST: "127.0.0.1", PORT: "0", RELAY_DATA: folder };
  const child = spawn(process.execPath, ["--import", "tsx", program], {
    env: environment,
    stdio: ["ignore", "pipe", "ignore"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [, origin] = /open at (http\S+)/.exec(line) ?? [];
    if (origin !== undefined) return { origin, process: child };
  }
  throw new Error("the relay ended before it was open");
}

/** Tells what a device publishes, read from the request that the relay gets. */
function narratePublishing(network: RelayNetwork): RelayNetwork {
  return {
    ...network,
    request(request) {
      const published =
        request.target === "/api/publish_keys" ? parsePublishRequest(JSON.parse(request.body ?? "")) : null;
      const manifest = published === null ? null : parseManifest(published.manifest);
      if (published !== null && manifest !== null && published.oneTimePrekeys.length > 0) {
        say(`  ${manifest.username} publishes, signed as one statement by the identity key:`);
        say(`    identity key       ${fingerprint(manifest.identityKey)}`);
        say(`    device key         ${fingerprint(manifest.deviceKey)}`);
        say(`    signed prekey      ${fingerprint(manifest.signedPrekey)}`);
        say(`    last-resort KEM    ${fingerprint(manifest.lastResortKemPrekey)}`);
        const [first = new Uint8Array()] = published.oneTimePrekeys;
        say(`    one-time prekeys   ${published.oneTimePrekeys.length}, the first ${fingerprint(first)}`);
        const [firstKem] = published.oneTimeKemPrekeys;
        say(
          `    one-time KEM       ${published.oneTimeKemPrekeys.length}, signed each, the first ${fingerprint(firstKem?.publicKey ?? new Uint8Array())}`,
        );
      }
      return network.request(request);
    },
  };
}

interface Stage {
  readonly origin: string;
  readonly disk: ReturnType<typeof createMemoryDisk>;
  readonly onHandshake: NonNullable<EnginePorts["observeHandshake"]>;
}

function startEngine(username: string, { origin, disk, onHandshake }: Stage): Engine {
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const network = createRelayNetwork({ origin, fetch, WebSocket, clock, random: Math.random });
  return createEngine({
    username,
    ports: {
      openStore: (secret) =>
        openSealedStore({ account: username, records: disk.open(username), randomBytes, now: Date.now }, secret),
      deleteStore: () => disk.open(username).destroy(),
      network: narratePublishing(network),
      clock,
      randomBytes,
      observeHandshake: onHandshake,
    },
    onRegistered: () => Promise.resolve(),
    onRemoved: () => Promise.resolve(),
    onLocked: () => undefined,
  });
}

/** Resolves with the newest text of a conversation, or our own message's status, once it is `wanted`. */
function untilLast(
  engine: Engine,
  peer: string,
  wanted: (text: string, status: string | null) => boolean,
): Promise<string> {
  return new Promise((resolve, reject) => {
    engine
      .watchConversation(peer, { from: null, count: 10 }, ({ messages }) => {
        const last = messages.at(-1);
        if (last?.kind === "text" && wanted(last.text, last.status)) resolve(last.text);
      })
      .catch(reject);
  });
}

function tellHandshake(role: string, name: string, handshake: X3dhResult): void {
  const { diffieHellmanResults, kemSharedSecret, sharedSecret } = handshake;
  const meanings = ["DH(IK_A, SPK_B)", "DH(EK_A, IK_B)", "DH(EK_A, SPK_B)", "DH(EK_A, OPK_B)"];
  say(`  ${name}, as ${role}, computes:`);
  diffieHellmanResults.forEach((result, index) => {
    say(`    DH${index + 1} = ${(meanings[index] ?? "").padEnd(16)} ${fingerprint(result)}`);
  });
  if (kemSharedSecret !== null) say(`    SS  = ML-KEM-768       ${fingerprint(kemSharedSecret)}`);
  say(`    SK  = HKDF(DH1..SS)    ${fingerprint(sharedSecret)}`);
}

/** Shows the row that the relay keeps for the waiting message. */
function tellStoredRow(folder: string): void {
  const database = new Database(join(folder, "relay.sqlite"), { readonly: true });
  const row: unknown = database.prepare("SELECT * FROM mail WHERE body IS NOT NULL LIMIT 1").get();
  database.close();
  for (const [column, value] of Object.entries(row ?? {})) {
    const shown =
      value instanceof Uint8Array
        ? `${value.length} bytes: ${Buffer.from(value).toString("hex").slice(0, 48)}...`
        : value;
    say(`    ${column.padEnd(14)} ${shown}`);
  }
}

/** Whether any file of the relay's holds the plaintext, as it is or in base64. */
function relayHolds(folder: string, plaintext: string): boolean {
  const forms = [plaintext, Buffer.from(plaintext).toString("base64").replace(/=+$/, "")];
  return readdirSync(folder).some((name) => forms.some((form) => readFileSync(join(folder, name)).includes(form)));
}

async function play(origin: string, folder: string): Promise<readonly string[]> {
  const handshakes: Partial<Record<"initiator" | "responder", X3dhResult>> = {};
  const onHandshake: Stage["onHandshake"] = (role, handshake) => {
    handshakes[role] = handshake;
  };
  const stage = { origin, disk: createMemoryDisk(), onHandshake };

  say("1. Both make their keys and publish the public halves.");
  const alice = startEngine("alice", stage);
  const bob = startEngine("bob", stage);
  await bob.register();
  await alice.register();

  say("\n2. Bob goes away. Alice fetches his keys from the relay and begins (PQXDH §3.3).");
  await bob.stop();
  const started = await alice.startConversation("bob");
  if (started.kind !== "started") return [`starting the conversation ended as ${started.kind}`];
  if (handshakes.initiator) tellHandshake("initiator", "Alice", handshakes.initiator);

  say(`\n3. Alice writes: "${PLAINTEXT}"`);
  await alice.send("bob", PLAINTEXT);
  await untilLast(alice, "bob", (_, status) => status === "sent");
  say("   Her app shows: Sent. The relay keeps this row, and nothing it can read:");
  tellStoredRow(folder);
  const leaked = relayHolds(folder, PLAINTEXT);
  say(`   The plaintext ${leaked ? "IS" : "is not"} in the relay's files.`);

  say("\n4. Bob comes back and opens his mail (PQXDH §3.4).");
  const bobAgain = startEngine("bob", stage);
  const read = await untilLast(bobAgain, "alice", () => true);
  if (handshakes.responder) tellHandshake("responder", "Bob", handshakes.responder);
  say(`   Bob reads: "${read}"`);
  await untilLast(alice, "bob", (_, status) => status === "delivered");
  say("   Alice's app shows: Delivered.");
  await Promise.all([alice.stop(), bobAgain.stop()]);

  const secrets = [handshakes.initiator, handshakes.responder].map(
    (handshake) => handshake && fingerprint(handshake.sharedSecret),
  );
  return [
    ...(secrets[0] === undefined || secrets[0] !== secrets[1] ? ["the two shared secrets differ"] : []),
    ...(handshakes.initiator?.diffieHellmanResults.length === 4 ? [] : ["the handshake did not have four results"]),
    ...(handshakes.initiator?.kemSharedSecret == null ? ["the handshake had no post-quantum part"] : []),
    ...(leaked ? ["the relay's store contains the plaintext"] : []),
    ...(read === PLAINTEXT ? [] : ["Bob did not read what Alice wrote"]),
  ];
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sotto-demo-"));
  const relay = await startRelay(folder);
  const patience = setTimeout(() => {
    console.error("The story did not come to its end in time.");
    relay.process.kill("SIGKILL");
    process.exit(1);
  }, PATIENCE_MS);
  try {
    const faults = await play(relay.origin, folder);
    for (const fault of faults) console.error(`Failed: ${fault}.`);
    if (faults.length > 0) process.exitCode = 1;
    else say("\nBoth sides derived the same secret, and the relay never held a readable word.");
  } finally {
    clearTimeout(patience);
    relay.process.kill("SIGTERM");
    await once(relay.process, "exit");
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
