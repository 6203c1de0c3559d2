/** The test's end of a checkpointed worker: says where it ends, and sees what it reached. */
import { type BrowserContext, expect, type Page } from "@playwright/test";
import { CHANNEL, type CrashPoint, describePoint, type Instruction, type Report } from "./points.ts";

/** How long something may take before it counts as missing. */
const PATIENCE_MS = 30_000;

/** The calls with which jobs of the engine begin. */
const LOOKS: ReadonlySet<string> = new Set(["list outbox", "list owedReceipts", "list recoveries"]);

/**
 * The looks with which the engine's last jobs began, which tell that nothing is left to do. They follow from the order of
 * jobs in web/engine/synchronizer.ts.
 */
export type Rest = readonly string[];

/** A text was written: it has left the outbox, and no receipt is owed. */
export const REST_AFTER_SENDING: Rest = ["list outbox", "list owedReceipts"];

/** Mail was taken in, pushed or after a start: receipts have left, and the last job of all finds nothing to recover. */
export const REST_AFTER_MAIL: Rest = ["list recoveries"];

/** The lives, one after the other, of the one account's worker that a browser context runs. */
export class WorkerLife {
  #reached: CrashPoint[] = [];
  #armed: Extract<Report, { kind: "armed" }> | null = null;
  #hasEnded = false;
  #next: Instruction = { point: null };
  #waiting: (() => void) | null = null;

  /** Watches a context that has no page yet. */
  static async watch(context: BrowserContext): Promise<WorkerLife> {
    const life = new WorkerLife();
    await context.exposeBinding("reportCheckpoint", (_source, report: Report) => life.#take(report));
    await context.addInitScript(passReportsOn, CHANNEL);
    return life;
  }

  /** Everything reached since the worker was last armed, in that order. */
  get reached(): readonly CrashPoint[] {
    return this.#reached;
  }

  /** Arms the worker that runs, while it rests: calls are counted from here. */
  async arm(page: Page, point: CrashPoint | null): Promise<void> {
    this.#armed = null;
    await page.evaluate(post, { name: CHANNEL, instruction: { point } });
    await this.#until(() => this.#armed !== null, "the worker is armed");
    expect(this.#armed, "the worker rests while it is armed").toEqual({ kind: "armed", inFlight: 0 });
  }

  /** Arms the next life, which is still to begin, from its very start. The life before it must be over. */
  armNext(point: CrashPoint | null): void {
    this.#next = { point };
    this.#forget();
  }

  /** Resolves when the worker has ended at the point it was armed for. */
  async toEnd(point: CrashPoint): Promise<void> {
    await this.#until(() => this.#hasEnded, `the worker ends ${describePoint(point)}`);
  }

  /** Resolves when the worker has had this answer. */
  async toReach(call: string): Promise<void> {
    const isThere = () => this.#reached.some((point) => point.call === call && point.side === "after");
    await this.#until(isThere, `the worker has passed "${call}"`);
  }

  /**
   * Resolves when the engine is at rest: of the stores that its jobs look through, these are the ones it looked through
   * last.
   */
  async toRest(looks: Rest): Promise<void> {
    const isThere = () => {
      const looked = this.#reached.filter(({ call, side }) => side === "after" && LOOKS.has(call));
      return looks.every((look, index) => looked.at(index - looks.length)?.call === look);
    };
    await this.#until(isThere, `the engine rests after "${looks.join('", "')}"`);
  }

  /** Takes a report; the answer to a new life is its instruction. */
  #take(report: Report): Instruction | null {
    if (report.kind === "started" || report.kind === "armed") this.#forget();
    if (report.kind === "armed") this.#armed = report;
    if (report.kind === "reached") this.#reached.push(report.point);
    if (report.kind === "ended") this.#hasEnded = true;
    this.#waiting?.();
    return report.kind === "started" ? this.#next : null;
  }

  #forget(): void {
    this.#reached = [];
    this.#hasEnded = false;
  }

  async #until(isThere: () => boolean, what: string): Promise<void> {
    const started = Date.now();
    while (!isThere()) {
      const left = started + PATIENCE_MS - Date.now();
      await new Promise<void>((resolve, reject) => {
        const missing = () => reject(new Error(`${what}: not seen; reached was\n${this.#story()}`));
        const timer = setTimeout(missing, left);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #story(): string {
    return this.#reached.map((point) => `  ${describePoint(point)}`).join("\n");
  }
}

/** Runs on every page before its own scripts: passes the worker's reports on, and what the test answers back. */
function passReportsOn(name: string): void {
  const channel = new BroadcastChannel(name);
  const report: unknown = Reflect.get(window, "reportCheckpoint");
  channel.addEventListener("message", async ({ data }) => {
    // What the test posts through another channel of this page comes by as well, and is no report.
    if (typeof report !== "function" || !("kind" in data)) return;
    const instruction: unknown = await report(data);
    if (instruction !== null) channel.postMessage(instruction);
  });
}

/** Runs on a page. */
function post({ name, instruction }: { readonly name: string; readonly instruction: Instruction }): void {
  const channel = new BroadcastChannel(name);
  channel.postMessage(instruction);
  channel.close();
}
