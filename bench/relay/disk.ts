/** How often the disk confirms a write: the rate at which nothing durable can be faster, one after the other. */
import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type Latencies, latencies } from "./jobs.ts";

/** A page of the database, which is the least that a commit appends to the log. */
const PAGE = Buffer.alloc(4096, 1);

/** Appends and syncs for so long, in a file of this folder. */
export function measureDisk(folder: string, milliseconds: number): Latencies & { readonly perSecond: number } {
  const file = openSync(join(folder, "appended"), "a");
  const durations: number[] = [];
  const began = performance.now();
  while (performance.now() - began < milliseconds) {
    const written = performance.now();
    writeSync(file, PAGE);
    fdatasyncSync(file);
    durations.push(performance.now() - written);
  }
  closeSync(file);
  return { perSecond: (durations.length * 1000) / (performance.now() - began), ...latencies(durations) };
}
