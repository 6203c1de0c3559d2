/** Lets a person end a command that takes long, in order: with Ctrl+C, or SIGTERM. */
import { type CommandOutcome, failed } from "./command.ts";

/**
 * Gives `work` a signal that is aborted on the first SIGINT or SIGTERM, and answers for it when it ends by that. A
 * second one ends the process at once, as ever.
 */
export async function untilInterrupted(
  work: (signal: AbortSignal) => Promise<CommandOutcome>,
): Promise<CommandOutcome> {
  const interruption = new AbortController();
  const interrupt = () => {
    stopListening();
    interruption.abort();
  };
  const stopListening = () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    return await work(interruption.signal);
  } catch (error) {
    if (error !== interruption.signal.reason) throw error;
    return failed("Interrupted: nothing was changed.");
  } finally {
    stopListening();
  }
}
