/** `--help`: how the program is called, its commands and its variables, from the tables by which it goes. */
import { COMMANDS, usageOf } from "../commands/commands.ts";
import { describeVariables } from "./configuration.ts";

const PROGRAM = "node build/relay/main.js";

/** Whether the arguments ask for help. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.includes("--help") || args.includes("-h");
}

export function helpLines(): readonly string[] {
  const width = Math.max(...COMMANDS.map((command) => usageOf(command).length));
  return [
    `Usage: ${PROGRAM}              starts the relay`,
    `       ${PROGRAM} <command>    does one thing, beside a relay that may be running, and ends`,
    `       ${PROGRAM} --help       prints this`,
    "",
    "Commands:",
    ...COMMANDS.map((command) => `  ${usageOf(command).padEnd(width)}  ${command.summary}`),
    "",
    "Variables of the environment:",
    ...describeVariables(),
  ];
}
