/**
 * The operator's `reset-name <username>`: frees a name whose owner lost the identity key, so that the next identity to
 * publish keys under it owns it. The earlier identity does not get it back. May run beside the relay.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DATABASE_FILE } from "./store/sqlite-store.ts";
import { configure, errorCode, fail, openStore, type Surroundings } from "./surroundings.ts";
import { isUsername } from "./wire/username.ts";

const USAGE = "Usage: node build/relay/main.js reset-name <username>";

/** Runs the command that the arguments name. Says in one line what came of it; exits with 1 unless the name is free. */
export async function runCommand(args: readonly string[], surroundings: Surroundings): Promise<void> {
  const [command, username, ...more] = args;
  if (command !== "reset-name" || username === undefined || more.length > 0) {
    return fail([`${USAGE}. Without arguments the relay starts.`], surroundings.complain);
  }
  if (!isUsername(username)) {
    return fail(
      [
        `A username has 3 to 32 characters: a-z, 0-9, dots, dashes and underscores. ${JSON.stringify(username)} is none.`,
      ],
      surroundings.complain,
    );
  }
  await resetName(username, surroundings);
}

async function resetName(username: string, surroundings: Surroundings): Promise<void> {
  const { say, complain } = surroundings;
  const configuration = configure(surroundings);
  if (!configuration) return;
  const { dataFolder } = configuration;
  if (!existsSync(join(dataFolder, DATABASE_FILE))) {
    return fail([`There is no database in ${dataFolder}: set RELAY_DATA as it is for the relay.`], complain);
  }
  const store = await openStore(configuration, surroundings);
  if (!store) return;
  try {
    const reset = await store.resetName({ username, now: Date.now() });
    if (reset) say(`The name ${username} is free: the next device that registers it owns it, but not the earlier one.`);
    else fail([`Nobody owns the name ${username} in ${dataFolder}: check the name, and RELAY_DATA.`], complain);
  } catch (error) {
    fail([`The database in ${dataFolder} cannot be written now (${errorCode(error)}): try again.`], complain);
  } finally {
    await store.close();
  }
}
