/** Runs the relay's program as a process of its own; it ends with the test. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

export interface Run {
  readonly child: ChildProcess;
  /** All of standard output and of standard error, once the process has ended, and its exit code. */
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly complaints: string }>;
}

/** With these variables besides PATH and defaults for a test, and these arguments. */
export function run(environment: Readonly<Record<string, string>>, args: readonly string[] = []): Run {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", MAIN, ...args], {
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
export async function addressOf({ child, ended }: Run): Promise<string> {
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
