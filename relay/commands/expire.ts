/** `expire`: deletes now what is over; the relay does the same every ten minutes by itself. */
import { SweepClock } from "../store/sweep-clock.ts";
import { type Command, counted, done, failed, withStore } from "./command.ts";

const HELD =
  "Nothing was deleted: no relay has swept this database for over a day, so that this machine's clock may be wrong. " +
  "Start the relay; it sweeps by itself when the clock has held for an hour.";

export const expire: Command = {
  name: "expire",
  parameters: "",
  summary: "deletes now what is over: mail, invites and memories of requests",

  async run(args, surroundings) {
    if (args.length > 0) return { kind: "misused" };
    return withStore(surroundings, async (store) => {
      const now = Date.now();
      const swept = await store.sweptAt(now);
      if (!new SweepClock().mayBelieve({ now, uptime: 0, swept })) return failed(HELD);
      return done(`Deleted ${counted(await store.sweep(now), "row")} whose time was over.`);
    });
  },
};
