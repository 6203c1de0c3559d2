/**
 * Stands in for an account's engine until this worker may run it: shows "starting", or "held-elsewhere" while another
 * worker has the lock, keeps calls until then, and hands its watches over to the engine.
 */
import type { AccountPhase, AccountView, EngineApi, Unwatch } from "../engine/api.ts";

export interface WaitingEngine extends EngineApi {
  /** Another worker runs the engine now. */
  showHeldElsewhere(): void;
  /** The engine is here: everything goes to it from now on. */
  begin(engine: EngineApi): void;
}

export function createWaitingEngine(username: string): WaitingEngine {
  let phase: AccountPhase = "starting";
  let isWaiting = true;
  const listeners = new Set<(view: AccountView) => void>();
  let begin: (engine: EngineApi) => void = () => undefined;
  const engine = new Promise<EngineApi>((resolve) => {
    begin = resolve;
  });

  const view = (): AccountView => ({
    username,
    phase,
    problem: null,
    connection: "offline",
    catchingUp: null,
    lock: null,
    conversations: [],
  });

  return {
    showHeldElsewhere() {
      phase = "held-elsewhere";
      for (const listener of listeners) listener(view());
    },
    begin(here) {
      isWaiting = false;
      listeners.clear();
      begin(here);
    },
    async watchAccount(listener) {
      // One of its own, since the same function may watch twice.
      const own = (shown: AccountView) => listener(shown);
      listeners.add(own);
      own(view());
      const unwatch = watchLater(engine, (here) => here.watchAccount(own));
      return () => {
        listeners.delete(own);
        unwatch();
      };
    },
    async watchConversation(peer, window, listener) {
      // Once the engine is here, an empty conversation would only flicker.
      if (isWaiting)
        listener({ peer, identity: { kind: "unknown" }, messages: [], hasEarlier: false, hasLater: false });
      return watchLater(engine, (here) => here.watchConversation(peer, window, listener));
    },
    watchSearch: async (text, listener) => watchLater(engine, (here) => here.watchSearch(text, listener)),
    register: async (invite) => (await engine).register(invite),
    startConversation: async (peer) => (await engine).startConversation(peer),
    send: async (peer, text) => (await engine).send(peer, text),
    keepDraft: async (peer, text) => (await engine).keepDraft(peer, text),
    readDraft: async (peer) => (await engine).readDraft(peer),
    safetyNumber: async (peer) => (await engine).safetyNumber(peer),
    setVerified: async (peer, digits, verified) => (await engine).setVerified(peer, digits, verified),
    compareCode: async (peer, code) => (await engine).compareCode(peer, code),
    decideIdentity: async (peer, change, decision) => (await engine).decideIdentity(peer, change, decision),
    markRead: async (peer) => (await engine).markRead(peer),
    reconnect: async () => (await engine).reconnect(),
    renewIdentity: async () => (await engine).renewIdentity(),
    keyHealth: async () => (await engine).keyHealth(),
    refreshPrekeys: async () => (await engine).refreshPrekeys(),
    removeAccount: async () => (await engine).removeAccount(),
    deleteAccount: async () => (await engine).deleteAccount(),
    makeBackup: async (passphrase) => (await engine).makeBackup(passphrase),
    restoreBackup: async (file, passphrase) => (await engine).restoreBackup(file, passphrase),
    unlock: async (secret) => (await engine).unlock(secret),
    lock: async () => (await engine).lock(),
    changeLock: async (change) => (await engine).changeLock(change),
    noteUse: async () => (await engine).noteUse(),
    attend: async () => watchLater(engine, (here) => here.attend()),
  };
}

/** Begins a watch when the engine is there, unless it was ended before. */
function watchLater(engine: Promise<EngineApi>, begin: (engine: EngineApi) => Promise<Unwatch>): Unwatch {
  let ended = false;
  let unwatch: Unwatch = () => undefined;
  void engine.then(async (here) => {
    if (ended) return;
    const begun = await begin(here);
    if (ended) begun();
    else unwatch = begun;
  });
  return () => {
    if (ended) return;
    ended = true;
    unwatch();
  };
}
