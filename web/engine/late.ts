/**
 * The part of the engine that is loaded apart from the rest, so that the app is there sooner: what is needed only when
 * an account or a session is made, when a message that is there is changed, when someone compares keys, looks after their own, locks or deletes them, or when a
 * message did not open. Mail comes and goes without it.
 */

export { deleteAccount } from "./account-deletion.ts";
export { makeBackup } from "./backup.ts";
export { beginSessionWith } from "./begin-session.ts";
export { changeConversation, deleteConversation } from "./conversation-settings.ts";
export { deleteDisappeared, setTimer } from "./disappearing.ts";
export { deleteExpired } from "./expiry.ts";
export { compareScannedCode, decideIdentity, safetyNumber, setVerified } from "./identity.ts";
export { keyHealth, refreshPrekeys } from "./key-health.ts";
export { LockKeeper } from "./lock-keeper.ts";
export { LongWork } from "./long-work.ts";
export { mendRecords } from "./mending.ts";
export { changeMessage, receiveChange, withEarlyChanges } from "./message-changes.ts";
export { messageDetails } from "./message-details.ts";
export { lostChanges } from "./missing-messages.ts";
export { AlreadyHereError } from "./new-store.ts";
export { putBack } from "./put-back.ts";
export { runRecovery } from "./recovery.ts";
export { answerChanges, failureChanges, requestChanges } from "./recovery-records.ts";
export { publishAccount, storeNewAccount } from "./registration.ts";
export { renewIdentity } from "./renewal.ts";
export { rereadContents } from "./rereading.ts";
export { ownerOfBackup, storeBackup } from "./restore.ts";
export { Searcher } from "./search.ts";
export { makeSearchBlocks } from "./search-blocks.ts";
export { sayTyping } from "./typing.ts";
