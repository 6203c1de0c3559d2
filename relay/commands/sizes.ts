/** `sizes`: what the store holds, and whose mailboxes hold most of it. For the operator's eyes, so it names names. */
import type { MailboxSize, StoreStatistics } from "../store/store.ts";
import { type Command, counted, done, withStore } from "./command.ts";

const MAILBOXES_SHOWN = 10;
const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

export const sizes: Command = {
  name: "sizes",
  parameters: "",
  summary: "counts what is stored, and names the largest mailboxes",

  async run(args, surroundings) {
    if (args.length > 0) return { kind: "misused" };
    return withStore(surroundings, async (store) =>
      done(
        ...describeStatistics(await store.statistics()),
        ...(await store.largestMailboxes(MAILBOXES_SHOWN)).map(describeMailbox),
      ),
    );
  },
};

function describeStatistics(statistics: StoreStatistics): readonly string[] {
  const { accounts, waitingEnvelopes, waitingBytes, oneTimePrekeys, devicesWithoutPrekeys, blobs, blobBytes } =
    statistics;
  return [
    `${counted(accounts, "account")}, ${counted(oneTimePrekeys, "one-time prekey")} in stock`,
    `${counted(devicesWithoutPrekeys, "device")} out of one-time prekeys`,
    `${counted(waitingEnvelopes, "message")} waiting, ${formatBytes(waitingBytes)}`,
    `${counted(blobs, "attachment")}, ${formatBytes(blobBytes)}`,
  ];
}

function describeMailbox({ username, envelopes, bytes, oldestAt }: MailboxSize): string {
  const since = new Date(oldestAt).toISOString().slice(0, 10);
  return `  ${username}: ${counted(envelopes, "message")}, ${formatBytes(bytes)}, waiting since ${since}`;
}

/** Three digits or so, in the largest unit of which there is at least one. */
export function formatBytes(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const value = bytes / 1024 ** step;
  return `${step === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[step]}`;
}
