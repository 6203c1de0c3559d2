/**
 * Restoring an account from a backup on a device that does not have it. Everything is opened and checked before anything
 * is stored. The identity is the same; the device key and all prekeys are new, in a manifest far above the one that the
 * backup knew, so that the relay takes it whatever the first device has published since. Sessions begin anew with the
 * next message in either direction.
 */
import { isUsername } from "../../relay/wire/username.ts";
import { BackupError, openBackup, readBackupUsername } from "../protocol/backup-file.ts";
import type { Bytes } from "../protocol/bytes.ts";
import { toIdentityKey } from "../protocol/keys.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { restoreAccount } from "./account-making.ts";
import type { BackupOwner, RestoreOutcome } from "./api.ts";
import { type BackupLine, parseBackupContent } from "./backup-content.ts";
import { CancelledError, type Progress, partOf } from "./long-work.ts";
import { appendMessage, NEW_MESSAGE, newConversation } from "./messages.ts";
import { openNewStore } from "./new-store.ts";
import { newPeer } from "./peers.ts";
import type { Change, EnginePorts, LockableStore } from "./ports.ts";
import type { AccountRecord, ConversationRecord, MessageRecord } from "./records.ts";

/** The part of the work that is opening the file. */
const OPENING_SHARE = 0.4;

/** How many records are stored in one transaction. */
const CHANGES_AT_ONCE = 2_000;

type Line<Kind extends BackupLine["kind"]> = Extract<BackupLine, { readonly kind: Kind }>;

export type Restored =
  | { readonly kind: "restored"; readonly store: LockableStore; readonly account: AccountRecord }
  | Extract<RestoreOutcome, { readonly kind: "refused-file" }>;

/** Whose backup a file says it is, before it is opened; or why it is none. */
export function ownerOfBackup(file: Bytes): BackupOwner {
  try {
    const username = readBackupUsername(file);
    return isUsername(username) ? { kind: "of", username } : { kind: "refused-file", code: "not-a-backup" };
  } catch (error) {
    if (error instanceof BackupError) return { kind: "refused-file", code: error.code };
    throw error;
  }
}

/**
 * Stores the account; the caller publishes its keys. Rejects as `openNewStore` does, with StorageError, or with CancelledError as `progress`
 * throws it, and then there is no account.
 */
export async function storeBackup(
  username: string,
  { file, passphrase }: { readonly file: Bytes; readonly passphrase: string },
  { openStore, randomBytes, clock }: Pick<EnginePorts, "openStore" | "randomBytes" | "clock">,
  progress: Progress = () => undefined,
): Promise<Restored> {
  let history: readonly Change[];
  let last: readonly Change[];
  let account: AccountRecord;
  try {
    const opened = await openBackup(file, passphrase, partOf(progress, 0, OPENING_SHARE));
    const lines = opened.username === username ? parseBackupContent(opened.content) : null;
    const [head] = lines ?? [];
    if (lines === null || head?.kind !== "account" || head.username !== username) {
      return { kind: "refused-file", code: "damaged" };
    }
    const restored = await restoreAccount({ ...head, randomBytes, now: clock.now() });
    account = restored.account;
    history = historyChanges(lines);
    last = restored.changes;
  } catch (error) {
    if (error instanceof BackupError) return { kind: "refused-file", code: error.code };
    if (error instanceof ProtocolError) return { kind: "refused-file", code: "damaged" };
    throw error;
  }
  const store = await openNewStore(openStore);
  try {
    await storeHistory(store, history, partOf(progress, OPENING_SHARE, 1));
  } catch (error) {
    if (error instanceof CancelledError) await store.destroy();
    throw error;
  }
  // Until this one there is no account: what was stored for one that was not finished goes at the next start.
  await store.commit(last);
  return { kind: "restored", store, account };
}

async function storeHistory(store: LockableStore, history: readonly Change[], progress: Progress): Promise<void> {
  for (let from = 0; from < history.length; from += CHANGES_AT_ONCE) {
    await store.commit(history.slice(from, from + CHANGES_AT_ONCE));
    progress(from / history.length);
  }
  progress(1);
}

/** The changes that store people, conversations and messages. Throws ProtocolError for a key that is none. */
function historyChanges(lines: readonly BackupLine[]): readonly Change[] {
  const changes: Change[] = [];
  const conversations = new Map<string, ConversationRecord>();
  const archivedPeers = new Set<string>();
  let outboxNumber = 0;
  for (const line of lines) {
    if (line.kind === "peer") changes.push(peerChange(line));
    if (line.kind === "conversation") {
      const { peer, createdAt, accepted, timer, muted, pinnedAt, archived } = line;
      const set = { accepted, muted, pinnedAt, ...(timer && { timer }) };
      conversations.set(peer, { ...newConversation(peer, createdAt), ...set });
      if (archived) archivedPeers.add(peer);
    }
    if (line.kind !== "message") continue;
    const conversation = conversations.get(line.peer);
    if (conversation === undefined || line.sequence < conversation.nextSequence) continue;
    const appended = appendMessage({ ...conversation, nextSequence: line.sequence }, messageRecord(line));
    conversations.set(line.peer, { ...appended.conversation, unread: 0, firstUnseen: null });
    changes.push(...appended.changes.filter(({ store }) => store !== "conversations"));
    if (line.message.kind === "text" && line.message.status === "waiting") {
      // It may have left since: whoever has it knows it by its content id.
      const { peer, sequence } = line;
      changes.push({ store: "outbox", id: [outboxNumber], value: { kind: "unsealed", peer, sequence } });
      outboxNumber += 1;
    }
  }
  for (const value of conversations.values()) {
    // Only now, since messages would have brought it back.
    const archived = archivedPeers.has(value.peer);
    changes.push({ store: "conversations", id: [value.peer], value: { ...value, archived } });
  }
  return changes;
}

function peerChange(line: Line<"peer">): Change {
  const { peer, identityKey, manifestSequence, verifiedAt, refusedIdentityKeys, blocked, givenName } = line;
  const value = {
    ...newPeer(peer, toIdentityKey(identityKey)),
    manifestSequence,
    verifiedAt,
    refusedIdentityKeys: refusedIdentityKeys.map(toIdentityKey),
    blocked,
    givenName,
  };
  return { store: "peers", id: [peer], value };
}

function messageRecord({ at, message }: Line<"message">): MessageRecord {
  if (message.kind !== "text") return { ...message, at };
  const identityKey = message.identityKey === null ? null : toIdentityKey(message.identityKey);
  const { writtenAt = at, reply = null, marks = null } = message;
  return { ...NEW_MESSAGE, ...message, identityKey, at, writtenAt, reply, marks };
}
