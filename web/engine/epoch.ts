/**
 * Finding out whether this device's storage was put back to an older state (a restored profile, a rolled-back disk, a
 * copy that lives elsewhere). At every start a fresh random epoch takes the place of the last one at the relay:
 *
 *   stored here first: all epochs, the new one last    then at the relay: from any of them to the new one
 *
 * The relay holding one that this device does not know means that another life of this storage has set it since. Sessions
 * as they are here have then sent, and heard, more than they know: they open what they still can, and send no more.
 * A relay that lies costs a renewal of the sessions and a notice at each start, and gains nothing.
 */
import { EPOCH_BYTES, MAX_EXPECTED_EPOCHS } from "../../relay/wire/epoch.ts";
import { type Bytes, sameBytes } from "../protocol/bytes.ts";
import type { AccountState, DrawnEpoch } from "./account-state.ts";
import type { Change } from "./ports.ts";
import type { Answer } from "./relay-client.ts";

/** What a start has found. */
export type EpochOutcome = "as-it-was" | "put-back";

/**
 * To be called in an engine's life until it is answered, before anything sealed leaves; all calls of one engine set the
 * same epoch. `putBack` does what follows once it was, and resolves to whether it could. Rejects with StorageError.
 */
export async function settleEpoch(
  state: AccountState,
  putBack: (epoch: Bytes) => Promise<boolean>,
): Promise<Answer<EpochOutcome>> {
  state.drawnEpoch ??= await state.exclusive(() => drawEpoch(state));
  const { earlier, next } = state.drawnEpoch;
  const answer = await state.relay.setEpoch({ expected: earlier, next });
  if (answer.kind !== "ok") return answer;
  const { epoch } = answer.value;
  if (sameBytes(epoch, next)) return { kind: "ok", value: "as-it-was" };
  if (!(await putBack(epoch))) return { kind: "unreachable" };
  state.drawnEpoch = { earlier: [epoch], next };
  const again = await state.relay.setEpoch({ expected: [epoch], next });
  return again.kind === "ok" ? { kind: "ok", value: "put-back" } : again;
}

/** Stores a new epoch beside those before it: its answer may get lost. */
async function drawEpoch(state: AccountState): Promise<DrawnEpoch> {
  const earlier = await knownEpochs(state);
  const next = state.ports.randomBytes(EPOCH_BYTES);
  await state.commit([storedEpochs([...earlier, next])]);
  return { earlier, next };
}

/** Those that were set before, the latest last. */
export async function knownEpochs(state: AccountState): Promise<readonly Bytes[]> {
  return (await state.store.read("epochs", []))?.epochs ?? [];
}

/** The change that keeps them. */
export function storedEpochs(epochs: readonly Bytes[]): Change {
  return { store: "epochs", id: [], value: { epochs: epochs.slice(-MAX_EXPECTED_EPOCHS) } };
}
