/**
 * `reset-name <username>`: frees a name whose owner lost the identity key, or deleted the account, so that the next
 * identity to publish keys under it owns it. The earlier identity does not get it back.
 */
import { isUsername } from "../wire/username.ts";
import { type Command, describePlace, done, failed, withStore } from "./command.ts";

export const resetName: Command = {
  name: "reset-name",
  parameters: "<username>",
  summary: "frees a name for another identity, for good",

  async run([username, ...more], surroundings) {
    if (username === undefined || more.length > 0) return { kind: "misused" };
    if (!isUsername(username)) return failed(notAUsername(username));
    return withStore(surroundings, async (store, configuration) => {
      const { place, variable } = describePlace(configuration);
      const reset = await store.resetName({ username, now: Date.now() });
      return reset
        ? done(`The name ${username} is free: the next device that registers it owns it, but not the earlier one.`)
        : failed(`Nobody owns the name ${username} in the database ${place}: check the name, and ${variable}.`);
    });
  },
};

/** What is wrong with a name that nobody can own. */
export function notAUsername(text: string): string {
  const rule = "A username has 3 to 32 characters: a-z, 0-9, dots, dashes and underscores.";
  return `${rule} ${JSON.stringify(text)} is none.`;
}
