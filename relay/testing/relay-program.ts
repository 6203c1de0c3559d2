/**
 * The compiled relay as a process that can be killed and started again on the same port, outside of a test as well. Whoever
 * opens one ends it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { CompiledRelay, Preload } from "./compiled-relay.ts";

const READY_LINE = /Sotto is open at (http:\/\/\S+)/;
const START_MILLISECONDS = 30_000;
/** What is kept of its output: the end. */
const OUTPUT_LENGTH = 1_000_000;

export interface RelayProgramOptions {
  readonly compiled: CompiledRelay;
  /** Besides PATH, and a port of its own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly preloads?: readonly Preload[];
  /** Options of Node. */
  readonly nodeOptions?: readonly string[];
  /** The program that starts Node, with its arguments, such as a tracer. */
  readonly startedBy?: readonly string[];
}

export class RelayProgram {
  readonly #options: RelayProgramOptions;
  #child: ChildProcess | null = null;
  #port = 0;
  #output = "";

  private constructor(options: RelayProgramOptions) {
    this.#options = options;
  }

  /** Starts a relay on a free port; resolves once it is open. */
  static async open(options: RelayProgramOptions): Promise<RelayProgram> {
    const relay = new RelayProgram(options);
    await relay.start();
    return relay;
  }

  /** The address it answers at, the same after every start. */
  get origin(): string {
    return `http://localhost:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** The process while it runs. */
  get child(): ChildProcess {
    if (!this.#child) throw new Error("relay does not run");
    return this.#child;
  }

  /** Whether it runs; one that ended by itself does not. */
  get isRunning(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The end of what it wrote to standard output and error, over all of its lives. */
  get output(): string {
    return this.#output;
  }

  /** Starts it again; rejects with its output when it ends or is not open after 30 seconds. */
  async start(): Promise<void> {
    if (this.isRunning) throw new Error("relay runs already");
    const { compiled, environment, preloads = [], nodeOptions = [], startedBy = [] } = this.#options;
    const imports = ["ends-with-its-parent" as const, ...preloads].flatMap((name) => [
      "--import",
      compiled.preload(name),
    ]);
    const [program = "", ...programArguments] = [
      ...startedBy,
      process.execPath,
      ...nodeOptions,
      ...imports,
      compiled.main,
    ];
    const { PATH = "" } = process.env;
    const child = spawn(program, programArguments, {
      env: { PATH, PORT: String(this.#port), RELAY_APP: "/nonexistent", NODE_ENV: "production", ...environment },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    this.#port = await this.#portOf(child);
  }

  /** Ends it without a word, and waits until it is gone. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks it to end in order, and waits until it has. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || !this.isRunning) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  #portOf(child: ChildProcess): Promise<number> {
    let said = "";
    return new Promise((resolve, reject) => {
      const fail = (cause: string) => reject(new Error(`relay did not open (${cause}):\n${said}`));
      const timer = setTimeout(() => {
        child.kill("SIGKILL");
        fail(`nothing within ${START_MILLISECONDS} ms`);
      }, START_MILLISECONDS);
      const read = (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-OUTPUT_LENGTH);
        said = (said + chunk.toString()).slice(0, OUTPUT_LENGTH);
        const [, address] = READY_LINE.exec(said) ?? [];
        if (address === undefined) return;
        clearTimeout(timer);
        resolve(Number(new URL(address).port));
      };
      child.stdout?.on("data", read);
      child.stderr?.on("data", read);
      child.once("error", (error) => fail(error.message));
      child.once("exit", (code, signal) => {
        clearTimeout(timer);
        fail(`it ended with ${code ?? signal}`);
      });
    });
  }
}
