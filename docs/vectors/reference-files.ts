/** Reading the vector files for the second implementation. */
import { readFileSync } from "node:fs";

export interface Case<Inputs, Outputs> {
  readonly name: string;
  readonly inputs: Inputs;
  readonly outputs: Outputs;
}

/** What a compute function gives. */
export type Outputs<Compute extends (...inputs: never[]) => unknown> = Awaited<ReturnType<Compute>>;

/** The text of a file beside this one. */
export function readVectors(name: string): string {
  return readFileSync(new URL(name, import.meta.url), "utf8");
}

export function bytes(text: string): Buffer {
  return Buffer.from(text, "hex");
}
