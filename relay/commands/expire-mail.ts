/**
 * `expire-mail <days> [username]`: drops mail before its time, when it has waited for so many days; 0 for all of it.
 * As if it had been acknowledged: a sender's late retry does not bring it back, and the sender is not told.
 */
import { isUsername } from "../wire/username.ts";
import { type Command, counted, done, failed, parseCount, withStore } from "./command.ts";
import { notAUsername } from "./reset-name.ts";

const MAX_DAYS = 3650;
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

export const expireMail: Command = {
  name: "expire-mail",
  parameters: "<days> [username]",
  summary: "drops mail that has waited for so many days, of one account or of all",

  async run([daysText, username, ...more], surroundings) {
    if (daysText === undefined || more.length > 0) return { kind: "misused" };
    const days = parseCount(daysText, 0, MAX_DAYS);
    if (days === null) return failed(`Days must be a number from 0 to ${MAX_DAYS}, got ${JSON.stringify(daysText)}.`);
    if (username !== undefined && !isUsername(username)) return failed(notAUsername(username));
    return withStore(surroundings, async (store) => {
      const now = Date.now();
      const recipient = username ?? null;
      const dropped = await store.expireMail({ recipient, receivedBy: now - days * DAY_MILLISECONDS, now });
      const whose = username === undefined ? "" : ` to ${username}`;
      return done(`Dropped ${counted(dropped, "message")}${whose} that had waited for ${counted(days, "day")}.`);
    });
  },
};
