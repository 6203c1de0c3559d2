/** The operator's commands: `node build/relay/main.js <name> ...`. Usage texts come from this table. */
import { fail, type Surroundings } from "../configuration/surroundings.ts";
import { backup } from "./backup.ts";
import type { Command } from "./command.ts";
import { expire } from "./expire.ts";
import { expireMail } from "./expire-mail.ts";
import { invite } from "./invite.ts";
import { resetName } from "./reset-name.ts";
import { restore } from "./restore.ts";
import { sizes } from "./sizes.ts";

export const COMMANDS: readonly Command[] = [invite, sizes, expire, expireMail, resetName, backup, restore];

/** A command as it is typed after the program's name, e.g. `invite [uses] [days]`. */
export function usageOf({ name, parameters }: Command): string {
  return parameters === "" ? name : `${name} ${parameters}`;
}

/** Runs the command that the arguments name, and tells what came of it; the process exits with 1 unless it is done. */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<void> {
  const { say, complain } = surroundings;
  const [name, ...rest] = args;
  const command = COMMANDS.find((one) => one.name === name);
  if (!command) {
    const all = COMMANDS.map(usageOf).join(", ");
    return fail([`There is no such command. There are: ${all}. Without a command the relay starts.`], complain);
  }
  const outcome = await command.run(rest, surroundings);
  if (outcome.kind === "misused") return fail([`Usage: node build/relay/main.js ${usageOf(command)}`], complain);
  if (outcome.kind === "failed") return fail(outcome.lines, complain);
  for (const line of outcome.lines) say(line);
}
