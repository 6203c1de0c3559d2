/** `backup <file>`: writes all that the relay keeps but attachments into one file, while the relay runs. */
import { resolve } from "node:path";
import { backUp } from "../backup/back-up.ts";
import { openSource } from "../backup/open-configured.ts";
import { configure, errorCode } from "../configuration/surroundings.ts";
import { type Command, type CommandOutcome, counted, done, failed } from "./command.ts";
import { untilInterrupted } from "./interruption.ts";
import { tellProgress } from "./progress.ts";

export const backup: Command = {
  name: "backup",
  parameters: "<file>",
  summary: "writes all but attachments into one new file, also while the relay runs",

  async run([file, ...more], surroundings) {
    if (file === undefined || file === "" || more.length > 0) return { kind: "misused" };
    const configuration = configure(surroundings);
    if (!configuration) return failed();
    const source = openSource(configuration);
    if (!source)
      return failed(`There is no database in ${configuration.dataFolder}: set RELAY_DATA as it is for the relay.`);
    const path = resolve(file);
    const onProgress = tellProgress(surroundings);
    try {
      return await untilInterrupted(async (signal): Promise<CommandOutcome> => {
        const outcome = await backUp({ source, file: path, onProgress, signal });
        switch (outcome.kind) {
          case "written": {
            const { account, mail } = outcome.rows;
            return done(`Wrote ${counted(account, "account")} and ${counted(mail, "envelope")} to ${path}.`);
          }
          case "file-exists":
            return failed(`There is something at ${path} already: choose another name.`);
          case "newer":
            return failed("The database was written by a newer version of Sotto: update, then try again.");
          case "foreign":
            return failed("The database is no relay's: start the relay once, or check RELAY_DATA.");
        }
      });
    } catch (error) {
      return failed(`The backup failed (${errorCode(error)}), and left nothing at ${path}.`);
    } finally {
      await source.close();
    }
  },
};
