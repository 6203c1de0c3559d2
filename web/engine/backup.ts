/** Making a backup of an account: identity, people and what was verified, and history; no sessions and no prekeys. */
import { BACKUP_COST, type BackupCost, sealBackup } from "../protocol/backup-file.ts";
import { utf8 } from "../protocol/bytes.ts";
import type { AccountState } from "./account-state.ts";
import type { BackupOutcome } from "./api.ts";
import { formatBackupLine } from "./backup-content.ts";
import { MIN_PASSPHRASE_CHARACTERS } from "./lock-keeper.ts";
import { type Progress, partOf } from "./long-work.ts";
import type { MessageRecord } from "./records.ts";

/** The part of the work that is reading. */
const READING_SHARE = 0.6;

/** How many messages are read at once. */
const MESSAGES_AT_ONCE = 1_000;

/** The whole file; the page hands it to the person. */
export async function makeBackup(
  state: AccountState,
  passphrase: string,
  { cost = BACKUP_COST, progress = () => undefined }: { readonly cost?: BackupCost; readonly progress?: Progress } = {},
): Promise<BackupOutcome> {
  if ([...passphrase].length < MIN_PASSPHRASE_CHARACTERS) return { kind: "too-short" };
  const content = utf8((await collectLines(state, partOf(progress, 0, READING_SHARE))).join("\n"));
  const { randomBytes, clock } = state.ports;
  const file = await sealBackup({
    username: state.account.username,
    passphrase,
    content,
    cost,
    randomBytes,
    progress: partOf(progress, READING_SHARE, 1),
  });
  await state.exclusive(() =>
    state.commit([{ store: "account", id: [], value: { ...state.account, backedUpAt: clock.now() } }]),
  );
  return { kind: "made", file };
}

async function collectLines(state: AccountState, progress: Progress): Promise<readonly string[]> {
  const { username, identity, identityChange, manifest, createdAt } = state.account;
  const lines = [
    formatBackupLine({
      kind: "account",
      username,
      identitySecretKey: identity.secretKey,
      identityChange,
      manifest,
      createdAt,
      madeAt: state.ports.clock.now(),
    }),
  ];
  for (const { value } of await state.store.list("peers")) {
    const { peer, identityKey, manifestSequence, verifiedAt, refusedIdentityKeys, blocked, givenName } = value;
    const known = { peer, identityKey, manifestSequence, verifiedAt, refusedIdentityKeys, blocked, givenName };
    lines.push(formatBackupLine({ kind: "peer", ...known }));
  }
  // As far as they are now; what comes meanwhile is for the next one.
  const conversations = [...state.conversations.values()];
  const all = conversations.reduce((sum, { nextSequence }) => sum + nextSequence, 0);
  let read = 0;
  for (const { peer, createdAt: begun, nextSequence, accepted, timer, muted, pinnedAt, archived } of conversations) {
    const set = { timer, muted, pinnedAt, archived };
    lines.push(formatBackupLine({ kind: "conversation", peer, createdAt: begun, nextSequence, accepted, ...set }));
    for (let from = 0; from < nextSequence; from += MESSAGES_AT_ONCE) {
      const below = Math.min(from + MESSAGES_AT_ONCE, nextSequence);
      for (const { value, number } of await state.store.list("messages", { prefix: [peer], from, below })) {
        const message = keptOf(value);
        if (number === null || message === null) continue;
        lines.push(formatBackupLine({ kind: "message", peer, sequence: number, at: value.at, message }));
      }
      read += below - from;
      progress(read / all);
    }
  }
  return [...lines, formatBackupLine({ kind: "end" })];
}

/** What is kept of a message; of what could not be opened nothing, since its session is not. */
function keptOf(record: MessageRecord): object | null {
  // A message that disappears would come back with it.
  if (record.kind === "missing" || (record.kind === "text" && record.expiry !== null)) return null;
  if (record.kind === "timer") return { kind: "timer", direction: record.direction, seconds: record.seconds };
  if (record.kind === "notice") return { kind: "notice", notice: record.notice };
  const { contentId, direction, text, status, unsupported, source, identityKey, writtenAt, reply, marks } = record;
  const kept = { kind: "text", contentId, direction, text, status, unsupported, source, identityKey, writtenAt };
  return { ...kept, ...(reply && { reply }), ...(marks && { marks }) };
}
