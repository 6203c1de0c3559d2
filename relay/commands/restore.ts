/** `restore <file>`: puts a backup into a database that is empty, all of it or nothing. */
import { resolve } from "node:path";
import { openTarget } from "../backup/open-configured.ts";
import { restore as restoreBackup } from "../backup/restore.ts";
import type { Configuration } from "../configuration/configuration.ts";
import { configure, errorCode, openStore, type Surroundings } from "../configuration/surroundings.ts";
import { type Command, type CommandOutcome, counted, done, failed } from "./command.ts";
import { untilInterrupted } from "./interruption.ts";
import { tellProgress } from "./progress.ts";

export const restore: Command = {
  name: "restore",
  parameters: "<file>",
  summary: "puts a backup into an empty database, before the relay is started",

  async run([file, ...more], surroundings) {
    if (file === undefined || file === "" || more.length > 0) return { kind: "misused" };
    const configuration = configure(surroundings);
    if (!configuration) return failed();
    try {
      return await untilInterrupted((signal) => run({ file: resolve(file), configuration, surroundings, signal }));
    } catch (error) {
      if (error instanceof TargetUnusable) return failed();
      return failed(`The backup could not be restored (${errorCode(error)}), and nothing was changed.`);
    }
  },
};

interface Run {
  readonly file: string;
  readonly configuration: Configuration;
  readonly surroundings: Surroundings;
  readonly signal: AbortSignal;
}

async function run({ file, configuration, surroundings, signal }: Run): Promise<CommandOutcome> {
  const outcome = await restoreBackup({
    file,
    signal,
    onProgress: tellProgress(surroundings),
    openTarget: async () => {
      // The store makes the database where there is none, and brings it up to date.
      const store = await openStore(configuration, surroundings);
      if (!store) throw new TargetUnusable();
      await store.close();
      return openTarget(configuration);
    },
  });
  switch (outcome.kind) {
    case "restored": {
      const { account, mail } = outcome.rows;
      return done(`Restored ${counted(account, "account")} and ${counted(mail, "envelope")} from ${file}.`);
    }
    case "missing":
      return failed(`There is no file ${file}.`);
    case "damaged":
      return failed(`The backup ${file} is damaged: use another one. Nothing was changed.`);
    case "newer":
      return failed(`The backup ${file} was written by a newer version of Sotto: update, then try again.`);
    case "foreign":
      return failed(`The file ${file} is no backup of a relay.`);
    case "in-use":
      return failed(
        "The database to restore into is in use already: a backup goes into an empty one. Nothing was changed.",
      );
  }
}

/** Was told already. */
class TargetUnusable extends Error {
  override readonly name = "TargetUnusable";
}
