/** What a page shows of a peer's identity. */
import { toBase64url } from "../../relay/wire/bytes.ts";
import { sha256 } from "../protocol/kdf.ts";
import type { IdentityKey } from "../protocol/keys.ts";
import type { AccountState } from "./account-state.ts";
import type { PeerIdentity } from "./api.ts";
import { countNewMessages } from "./outbox.ts";

export async function peerIdentity(state: AccountState, peer: string): Promise<PeerIdentity> {
  const known = await state.store.read("peers", [peer]);
  if (known === null) return { kind: "unknown" };
  if (known.change === null) return { kind: known.verifiedAt === null ? "unverified" : "verified" };
  return {
    kind: "changed",
    change: await nameOfChange(known.change.identityKey),
    signedByEarlier: known.change.signedByEarlier === true,
    wasVerified: known.verifiedAt !== null,
    waiting: await countNewMessages(state, peer),
  };
}

/** Names a change by the new key, so that a decision cannot meet another one. */
export async function nameOfChange(identityKey: IdentityKey): Promise<string> {
  return toBase64url((await sha256(identityKey)).slice(0, 16));
}
