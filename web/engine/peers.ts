/** The records of people we know by their identity key, and the notice that another key appeared under a name. */
import type { IdentityKey } from "../protocol/keys.ts";
import { DEVICE } from "./account.ts";
import { appendMessage } from "./messages.ts";
import type { Change } from "./ports.ts";
import type { ConversationRecord, IdentityChangeRecord, PeerRecord, SessionRecord } from "./records.ts";

/** Someone whose identity key is seen for the first time: it is pinned. */
export function newPeer(peer: string, identityKey: IdentityKey): PeerRecord {
  return {
    peer,
    device: DEVICE,
    identityKey,
    manifestSequence: 0,
    sessions: [],
    verifiedAt: null,
    change: null,
    refusedIdentityKeys: [],
  };
}

/** The change with which an identity that nobody decided about yet begins. */
export function newIdentityChange(identityKey: IdentityKey): IdentityChangeRecord {
  return { identityKey, manifestSequence: 0, sessions: [], signedByEarlier: null };
}

/** The peer with other sessions, of the pinned identity or of the one that waits for a decision. */
export function withSessions(
  peer: PeerRecord,
  { isPinned, sessions }: { readonly isPinned: boolean; readonly sessions: readonly SessionRecord[] },
): PeerRecord {
  if (isPinned) return { ...peer, sessions };
  return peer.change === null ? peer : { ...peer, change: { ...peer.change, sessions } };
}

/**
 * The changes that store a peer whose identity changed, and the conversation after them. A new change is said in the
 * conversation, if there is one: above what comes in under the new key.
 */
export function identityChangeNoted(noted: {
  readonly peer: PeerRecord;
  readonly conversation: ConversationRecord | null;
  readonly isNew: boolean;
  readonly now: number;
}): { readonly changes: readonly Change[]; readonly conversation: ConversationRecord | null } {
  const { peer, conversation, isNew, now } = noted;
  const stored: Change = { store: "peers", id: [peer.peer], value: peer };
  if (!isNew || conversation === null) return { changes: [stored], conversation };
  const notice = peer.change?.signedByEarlier === true ? "identity-changed-signed" : "identity-changed";
  const appended = appendMessage(conversation, { kind: "notice", notice, at: now });
  return { changes: [stored, ...appended.changes], conversation: appended.conversation };
}
