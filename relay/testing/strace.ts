/** Watches a program's system calls with strace, which is installed where it is missing and root may do so. */
import { spawnSync } from "node:child_process";

const APT_UPDATE_MILLISECONDS = 180_000;
const APT_INSTALL_MILLISECONDS = 300_000;

const ADVICE = [
  "strace was not found, and could not be installed:",
  "install it with your system's package manager (Debian: `sudo apt install strace`), and try again.",
].join("\n");

/** A finished system call of a trace. */
export interface SystemCall {
  readonly name: string;
  /** As strace prints them: what a file descriptor stands for follows its number in angle brackets. */
  readonly args: string;
  /** The number it returned; -1 for an error. */
  readonly result: number;
  /** Lines of the trace on which it began and ended. */
  readonly began: number;
  readonly ended: number;
}

/**
 * The command that runs a program under strace, writing these calls of all its threads to `output`. The program is the
 * spawned process itself, and the tracer its grandchild, so that a signal reaches the program.
 */
export function straceCommand(output: string, calls: readonly string[]): readonly string[] {
  const longestText = "-s100000";
  return ["strace", "-D", "-f", "-yy", longestText, "--signal=none", "-e", `trace=${calls.join(",")}`, "-o", output];
}

/** Sees to it that strace is there and may trace. Throws with what a person can do when it is not. */
export function requireStrace(): void {
  if (!isInstalled()) {
    install();
    if (!isInstalled()) throw new Error(ADVICE);
  }
  const { status, stderr } = spawnSync("strace", ["-f", "-e", "trace=none", "true"], { encoding: "utf8" });
  if (status !== 0) throw new Error(`strace may not trace here (ptrace is not permitted?): ${stderr.trim()}`);
}

function isInstalled(): boolean {
  return spawnSync("strace", ["--version"], { stdio: "ignore" }).status === 0;
}

function install(): void {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || spawnSync("apt-get", ["--version"], { stdio: "ignore" }).status !== 0) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { stdio: "ignore", env } as const;
  spawnSync("apt-get", ["update"], { ...options, timeout: APT_UPDATE_MILLISECONDS });
  const names = ["install", "-y", "--no-install-recommends", "strace"];
  spawnSync("apt-get", names, { ...options, timeout: APT_INSTALL_MILLISECONDS });
}

/** The finished calls of a trace, in the order in which they ended; a call that another thread interrupted is one. */
export function parseTrace(trace: string): readonly SystemCall[] {
  const unfinished = new Map<string, { readonly text: string; readonly began: number }>();
  const calls: SystemCall[] = [];
  for (const [line, text] of trace.split("\n").entries()) {
    const [, thread = "", what = ""] = /^(\d+)\s+(.*)$/s.exec(text) ?? [];
    const [, beginning] = /^(.*) <unfinished \.\.\.>$/s.exec(what) ?? [];
    if (beginning !== undefined) {
      unfinished.set(thread, { text: beginning, began: line });
      continue;
    }
    const [, rest] = /^<\.\.\. \w+ resumed>(.*)$/s.exec(what) ?? [];
    const start = rest === undefined ? undefined : unfinished.get(thread);
    const whole = start === undefined ? what : start.text + rest;
    const [, name, args = "", result = ""] = /^(\w+)\((.*)\)\s+= (-?\d+)/s.exec(whole) ?? [];
    if (name === undefined) continue;
    calls.push({ name, args, result: Number(result), began: start?.began ?? line, ended: line });
  }
  return calls;
}
