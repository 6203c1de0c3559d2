/** Runs one of the operator's commands within the test, as `main.ts` does, beside a relay that may be running. */
import { runCommand } from "../commands/commands.ts";

export interface Operated {
  readonly code: number;
  /** The lines of standard output and of standard error. */
  readonly out: readonly string[];
  readonly complaints: readonly string[];
}

/** With these variables and arguments; the test's own exit code stays what it is. */
export async function operate(
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<Operated> {
  const out: string[] = [];
  const complaints: string[] = [];
  const exitCode = process.exitCode;
  process.exitCode = 0;
  try {
    const surroundings = {
      environment,
      say: (line: string) => void out.push(line),
      complain: (line: string) => void complaints.push(line),
    };
    await runCommand(args, surroundings);
    return { code: Number(process.exitCode), out, complaints };
  } finally {
    process.exitCode = exitCode;
  }
}
