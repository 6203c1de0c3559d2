/** An engine that shows what it is told to and remembers what it was asked. */
import type { AccountView, ConversationView, EngineApi } from "../../engine/api.ts";

export function accountView(phase: AccountView["phase"]): AccountView {
  return {
    username: "alice",
    phase,
    problem: null,
    connection: "offline",
    catchingUp: null,
    lock: null,
    working: null,
    settings: null,
    blocked: [],
    conversations: [],
  };
}

export function conversationView(peer: string): ConversationView {
  return { peer, identity: { kind: "unverified" }, messages: [], timer: null, hasEarlier: true, hasLater: false };
}

export interface FakeEngine extends EngineApi {
  readonly calls: readonly unknown[];
  /** How many watches have begun and not ended. */
  readonly watchers: number;
  /** Shows every account watch a view. */
  show(view: AccountView): void;
}

export function createFakeEngine(): FakeEngine {
  const calls: unknown[] = [];
  let attending = 0;
  const accountListeners = new Set<(view: AccountView) => void>();
  const conversationListeners = new Set<(view: ConversationView) => void>();
  return {
    calls,
    get watchers() {
      return accountListeners.size + conversationListeners.size + attending;
    },
    show(view) {
      for (const listener of accountListeners) listener(view);
    },
    async watchAccount(listener) {
      accountListeners.add(listener);
      listener(accountView("ready"));
      return () => void accountListeners.delete(listener);
    },
    async watchConversation(peer, window, listener) {
      calls.push(["watchConversation", peer, window]);
      conversationListeners.add(listener);
      listener(conversationView(peer));
      return () => void conversationListeners.delete(listener);
    },
    async changeMessage(peer, sequence, change) {
      calls.push(["changeMessage", peer, sequence, change]);
      return { kind: "done" };
    },
    async setTimer(peer, seconds) {
      calls.push(["setTimer", peer, seconds]);
      return { kind: "done" };
    },
    async noteTyping(peer) {
      calls.push(["noteTyping", peer]);
    },
    async changeSettings(settings) {
      calls.push(["changeSettings", settings]);
      return true;
    },
    async changeConversation(peer, change) {
      calls.push(["changeConversation", peer, change]);
      return { kind: "done" };
    },
    async deleteConversation(peer) {
      calls.push(["deleteConversation", peer]);
      return { kind: "done" };
    },
    async messageDetails(peer, sequence) {
      calls.push(["messageDetails", peer, sequence]);
      return null;
    },
    async watchSearch(text, listener) {
      calls.push(["watchSearch", text]);
      listener({ results: [], found: 0, isComplete: true });
      return () => undefined;
    },
    async register() {
      calls.push(["register"]);
      return { kind: "registered" };
    },
    async startConversation(peer) {
      calls.push(["startConversation", peer]);
      return { kind: "refused", code: "mailbox-full" };
    },
    async send(peer, text) {
      calls.push(["send", peer, text]);
      return { kind: "queued" };
    },
    async keepDraft(peer, text) {
      calls.push(["keepDraft", peer, text]);
    },
    async readDraft(peer) {
      calls.push(["readDraft", peer]);
      return "";
    },
    async takeOver() {
      calls.push(["takeOver"]);
    },
    async safetyNumber(peer) {
      calls.push(["safetyNumber", peer]);
      return null;
    },
    async setVerified(peer, digits, verified) {
      calls.push(["setVerified", peer, digits, verified]);
      return { kind: "outdated" };
    },
    async compareCode(peer, code) {
      calls.push(["compareCode", peer, code]);
      return { kind: "mismatch" };
    },
    async decideIdentity(peer, change, decision) {
      calls.push(["decideIdentity", peer, change, decision]);
      return { kind: "done" };
    },
    async markRead(peer) {
      calls.push(["markRead", peer]);
    },
    async reconnect() {
      calls.push(["reconnect"]);
    },
    async renewIdentity() {
      calls.push(["renewIdentity"]);
      return { kind: "renewed" };
    },
    async keyHealth() {
      calls.push(["keyHealth"]);
      return null;
    },
    async refreshPrekeys() {
      calls.push(["refreshPrekeys"]);
      return { kind: "refreshed" };
    },
    async removeAccount() {
      calls.push(["removeAccount"]);
    },
    async deleteAccount() {
      calls.push(["deleteAccount"]);
      return { kind: "deleted" };
    },
    async makeBackup(passphrase) {
      calls.push(["makeBackup", passphrase]);
      return { kind: "too-short" };
    },
    async cancelWork() {
      calls.push(["cancelWork"]);
    },
    async restoreBackup(file, passphrase) {
      calls.push(["restoreBackup", file, passphrase]);
      return { kind: "already-here" };
    },
    async unlock(secret) {
      calls.push(["unlock", secret]);
      return { kind: "unlocked" };
    },
    async lock() {
      calls.push(["lock"]);
    },
    async changeLock(change) {
      calls.push(["changeLock", change]);
      return { kind: "too-short" };
    },
    async noteUse() {
      calls.push(["noteUse"]);
    },
    async attend() {
      attending += 1;
      return () => {
        attending -= 1;
      };
    },
  };
}
