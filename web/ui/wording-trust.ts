/** The words for what is known of the other's key, which the list of conversations shows, too. */

import type { PeerIdentity } from "../state/views.ts";

export const VERIFY = "Verify";

/** The one or two words for what is known of the other's key; none where there is nothing to say. */
export const IDENTITY_WORDS: Readonly<Record<PeerIdentity["kind"], string | null>> = {
  unknown: null,
  unverified: null,
  verified: "Verified",
  changed: "Key changed",
};
