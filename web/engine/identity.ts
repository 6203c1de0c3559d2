/**
 * Whether the other is who they seem: safety numbers, what a scanned code says, and the person's decision when another
 * identity key appears under a name.
 */
import { sameBytes } from "../protocol/bytes.ts";
import type { IdentityKey } from "../protocol/keys.ts";
import { compareCode, computeSafety, type Safety } from "../protocol/safety-number.ts";
import type { AccountState } from "./account-state.ts";
import type { CodeComparison, ConversationNotice, IdentityDecision, SafetyNumberView, VerifyOutcome } from "./api.ts";
import { appendMessage } from "./messages.ts";
import { nameOfChange } from "./peer-identity.ts";
import type { Change } from "./ports.ts";
import { droppedReceipts } from "./receipts.ts";
import type { ConversationRecord, PeerRecord } from "./records.ts";
import { unsealedOutbox } from "./unsealed-outbox.ts";

/** Identities decided against that are remembered per peer. */
const MAX_REFUSED_IDENTITIES = 20;

/** The safety number with a peer: of the new key while a change is not decided. */
export async function safetyNumber(state: AccountState, peer: string): Promise<SafetyNumberView | null> {
  const known = await state.store.read("peers", [peer]);
  if (known === null) return null;
  const { digits, code } = safetyWith(state, known);
  const changed = known.change !== null;
  return { digits, code, verified: !changed && known.verifiedAt !== null, changed };
}

function safetyWith({ account }: AccountState, { peer, identityKey, change }: PeerRecord): Safety {
  const us = { username: account.username, identityKey: account.identity.publicKey };
  return computeSafety(us, { username: peer, identityKey: change?.identityKey ?? identityKey });
}

/** The person compared these digits with the other, or takes that back. */
export async function setVerified(
  state: AccountState,
  peer: string,
  compared: { readonly digits: string; readonly verified: boolean },
): Promise<VerifyOutcome> {
  const known = await state.store.read("peers", [peer]);
  if (known === null || safetyWith(state, known).digits !== compared.digits) return { kind: "outdated" };
  if (compared.verified) await verify(state, known);
  // The digits of a key that waits verify nobody, so there is nothing to take back with them.
  else if (known.change === null && known.verifiedAt !== null) {
    await storePeer(state, { peer: { ...known, verifiedAt: null }, notices: ["verification-removed"] });
  }
  return { kind: "done" };
}

/** Compares a scanned code; a match verifies. */
export async function compareScannedCode(state: AccountState, peer: string, code: string): Promise<CodeComparison> {
  const known = await state.store.read("peers", [peer]);
  if (known === null) return { kind: "no-key" };
  const comparison = compareCode(safetyWith(state, known), code);
  if (comparison === "match") await verify(state, known);
  return { kind: comparison };
}

async function verify(state: AccountState, known: PeerRecord): Promise<void> {
  const verifiedAt = state.ports.clock.now();
  if (known.change === null) {
    await storePeer(state, { peer: { ...known, verifiedAt }, notices: known.verifiedAt === null ? ["verified"] : [] });
    return;
  }
  await storePeer(state, {
    peer: { ...accepted(known), verifiedAt },
    notices: ["identity-accepted", "verified"],
    others: await acceptanceChanges(state, known.peer),
  });
}

/** What to do about another identity key: `change` names the one that the person saw. */
export async function decideIdentity(
  state: AccountState,
  peer: string,
  decided: { readonly change: string; readonly decision: IdentityDecision },
): Promise<VerifyOutcome> {
  const known = await state.store.read("peers", [peer]);
  if (known === null || known.change === null) return { kind: "outdated" };
  if ((await nameOfChange(known.change.identityKey)) !== decided.change) return { kind: "outdated" };
  if (decided.decision === "accept") {
    const others = await acceptanceChanges(state, peer);
    await storePeer(state, { peer: accepted(known), notices: ["identity-accepted"], others });
  } else {
    const others = await droppedReceipts(state, peer);
    await storePeer(state, { peer: kept(known, known.change.identityKey), notices: ["identity-kept"], others });
  }
  return { kind: "done" };
}

/** The new key is pinned, and nobody has verified it; the earlier one's sessions are gone. */
function accepted(known: PeerRecord): PeerRecord {
  if (known.change === null) return known;
  const { identityKey, manifestSequence, sessions } = known.change;
  const refusedIdentityKeys = known.refusedIdentityKeys.filter((refused) => !sameBytes(refused, identityKey));
  return { ...known, identityKey, manifestSequence, sessions, verifiedAt: null, change: null, refusedIdentityKeys };
}

/** The earlier key stays pinned, and the other one is refused from now on. */
function kept(known: PeerRecord, refused: IdentityKey): PeerRecord {
  const refusedIdentityKeys = [...known.refusedIdentityKeys, refused].slice(-MAX_REFUSED_IDENTITIES);
  return { ...known, change: null, refusedIdentityKeys };
}

/**
 * What waits in the outbox was encrypted to the earlier key: messages are encrypted anew before they leave, the rest is
 * dropped. Receipts owed to the earlier key are dropped too; those for what came under the new one may now go.
 */
async function acceptanceChanges(state: AccountState, peer: string): Promise<readonly Change[]> {
  const changes: Change[] = [...(await unsealedOutbox(state, peer, { onlyNew: true }))];
  for (const { value } of await state.store.list("owedReceipts", { prefix: [peer] })) {
    const after = value.underChange ? { ...value, underChange: false } : null;
    changes.push({ store: "owedReceipts", id: [peer, value.contentId], value: after });
  }
  return changes;
}

async function storePeer(
  state: AccountState,
  stored: {
    readonly peer: PeerRecord;
    /** Said in the conversation, if there is one. */
    readonly notices: readonly ConversationNotice[];
    readonly others?: readonly Change[];
  },
): Promise<void> {
  const { peer, notices, others = [] } = stored;
  const changes: Change[] = [{ store: "peers", id: [peer.peer], value: peer }, ...others];
  let conversation: ConversationRecord | undefined = state.conversations.get(peer.peer);
  for (const notice of notices) {
    if (conversation === undefined) break;
    const appended = appendMessage(conversation, { kind: "notice", notice, at: state.ports.clock.now() });
    conversation = appended.conversation;
    changes.push(...appended.changes);
  }
  await state.commit(changes);
}
