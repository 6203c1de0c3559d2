/** Publishing a restored device's keys where the relay knows more of the name than the backup did. */
import type { PublishResponse } from "../../relay/wire/keys.ts";
import { currentManifest } from "./account.ts";
import { RESTORED_SEQUENCES } from "./account-making.ts";
import type { AccountState } from "./account-state.ts";
import { rotateAfter } from "./prekey-upkeep.ts";
import { publish } from "./publishing.ts";
import type { Answer } from "./relay-client.ts";

/** No relay that counts as it should has got so far ahead. */
const HIGHEST_RAISE = 2 ** 30;

/**
 * What a restored device may publish at first lies above what its backup knew, and the relay may know more by then: of the
 * same backup restored before, and of every week since. How much more it does not say to a device that it does not know.
 */
export async function publishAbove(state: AccountState): Promise<Answer<PublishResponse>> {
  for (let raise = RESTORED_SEQUENCES; ; raise *= 2) {
    const own = currentManifest(state.account);
    await state.exclusive(() => rotateAfter(state, { ...own, sequence: own.sequence + raise }));
    const answer = await publish(state, false);
    const isTooLow =
      answer.kind === "refused" && (answer.code === "manifest-outdated" || answer.code === "manifest-invalid");
    if (!isTooLow || raise > HIGHEST_RAISE) return answer;
  }
}
