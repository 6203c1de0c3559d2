/** The records of people we know by their identity key: making, changing and storing them. */
import type { IdentityKey } from "../protocol/keys.ts";
import { DEVICE } from "./account.ts";
import { appendMessage } from "./messages.ts";
import type { Change } from "./ports.ts";
import type { ConversationRecord, IdentityChangeRecord, PeerRecord } from "./records.ts";

/** Someone whose identity key is seen for the first time: it is pinned. */
export function newPeer(peer: string, identityKey: IdentityKey): PeerRecord {
  return {
    peer,
    device: DEVICE,
    identityKey,
    manifestSequence: 0,
    sessions: [],
    retiredGeneration: 0,
    verifiedAt: null,
    change: null,
    refusedIdentityKeys: [],
    blocked: false,
    givenName: null,
  };
}

/** The change with which an identity that nobody decided about yet begins. */
export function newIdentityChange(identityKey: IdentityKey): IdentityChangeRecord {
  return { identityKey, manifestSequence: 0, sessions: [], signedByEarlier: null };
}

/**
 * The changes that store a peer, and the conversation after them. When its identity change is a new one (`isNew`), that
 * is said in the conversation, if there is one: above what comes in under the new key.
 */
export function storedPeer(options: {
  readonly peer: PeerRecord;
  readonly conversation: ConversationRecord | null;
  readonly isNew: boolean;
  readonly now: number;
}): { readonly changes: readonly Change[]; readonly conversation: ConversationRecord | null } {
  const { peer, conversation, isNew, now } = options;
  const stored: Change = { store: "peers", id: [peer.peer], value: peer };
  if (!isNew || conversation === null) return { changes: [stored], conversation };
  const notice = peer.change?.signedByEarlier === true ? "identity-changed-signed" : "identity-changed";
  const appended = appendMessage(conversation, { kind: "notice", notice, at: now });
  return { changes: [stored, ...appended.changes], conversation: appended.conversation };
}
