/** `expire`: deletes now what is over; the relay does the same every ten minutes by itself. */
import { type Command, counted, done, withStore } from "./command.ts";

export const expire: Command = {
  name: "expire",
  parameters: "",
  summary: "deletes now what is over: mail, invites and memories of requests",

  async run(args, surroundings) {
    if (args.length > 0) return { kind: "misused" };
    return withStore(surroundings, async (store) =>
      done(`Deleted ${counted(await store.sweep(Date.now()), "row")} whose time was over.`),
    );
  },
};
