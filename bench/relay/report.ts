/** What the benchmark found, as lines for a person. */
import type { MemoryReport } from "../../relay/testing/preloads/tells-memory.ts";
import type { FloodResult, Latencies, MailboxResult } from "./jobs.ts";

/** One after the other, in the same few seconds. */
export interface Round {
  readonly bare: FloodResult;
  readonly signed: FloodResult;
  /** `send` to the relay: accepted, and on disk. */
  readonly accepted: FloodResult;
  readonly disk: FloodResult;
}

export function reportRounds(rounds: readonly Round[]): void {
  const line = (name: string, key: keyof Round) => {
    const of = (value: (result: FloodResult) => number) => median(rounds.map((round) => value(round[key])));
    const perSecond = `${Math.round(of((result) => result.perSecond))}/s`;
    const { p50, p99 } = { p50: of((result) => result.p50), p99: of((result) => result.p99) };
    console.log(`${name.padEnd(46)}${perSecond.padStart(10)}${ms(p50).padStart(12)}${ms(p99).padStart(12)}`);
  };
  console.log(`${"".padEnd(46)}${"rate".padStart(10)}${"p50".padStart(12)}${"p99".padStart(12)}`);
  line("Koa route that stores nothing", "bare");
  line("the same with one signature verified", "signed");
  line("relay: send, accepted and on disk", "accepted");
  line("disk: append 4 KiB and fdatasync, one by one", "disk");
  const ratio = (key: keyof Round) => {
    const ratios = rounds.map((round) => round.accepted.perSecond / round[key].perSecond);
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((value) => value.toFixed(2));
    return `${median(ratios).toFixed(2)} (${least} to ${most})`;
  };
  console.log(`\n${ratio("bare")} of the bare route: what all that a relay does leaves of Koa's own speed`);
  console.log(`${ratio("signed")} of the signed route: what the database and the second commit leave`);
  console.log(`${ratio("disk")} messages for each sync the disk could do alone: requests share them\n`);
}

export function reportLive({ p50, p99 }: Latencies): void {
  console.log(`live delivery, from the request to the recipient's frame: p50 ${ms(p50)}, p99 ${ms(p99)}`);
}

export function reportMailbox({ messages, receive, handOver }: MailboxResult): void {
  console.log(`a mailbox of ${messages} messages: read in ${seconds(receive)};`);
  console.log(`  read and acknowledged page by page until it is empty in ${seconds(handOver)}`);
}

interface IdleSockets {
  readonly sockets: number;
  readonly before: MemoryReport;
  readonly after: MemoryReport;
}

export function reportSockets({ sockets, before, after }: IdleSockets): void {
  const each = (bytes: (memory: MemoryReport) => number) =>
    `${((bytes(after) - bytes(before)) / sockets / 1000).toFixed(1)} kB`;
  const heap = each(({ heapUsed, external }) => heapUsed + external);
  console.log(
    `an idle live socket, over ${sockets}: ${heap} of heap, ${each(({ rss }) => rss)} of the process's memory`,
  );
}

function median(values: readonly number[]): number {
  const ordered = [...values].sort((one, other) => one - other);
  return ordered[Math.floor(ordered.length / 2)] ?? 0;
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(2)} ms`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}
