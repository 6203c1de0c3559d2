/**
 * Stands for an account's engine in a worker, wherever the engine runs: keeps calls until there is one, passes them on, and
 * takes watches along when another takes its place. Shows "starting", or "held-elsewhere" while another worker has the
 * account and does not serve this one.
 */
import { type AccountPhase, type AccountView, type EngineApi, MESSAGE_ID_BYTES, type Unwatch } from "../engine/api.ts";

export interface WaitingEngine extends EngineApi {
  /** Another worker has the account, and cannot serve this one. */
  showHeldElsewhere(): void;
  /** The engine is here: everything goes to it from now on. */
  begin(engine: EngineApi): void;
  /** The engine is gone: what it has not answered fails or is asked of the next one, for which all that comes now waits. */
  pause(): void;
  /** `callback` is called once when the person wants the account here. */
  onTakeOver(callback: () => void): void;
}

/** What a call fails with when its engine went before it answered: whether it was done is not known. */
export class EngineGoneError extends Error {
  override readonly name = "EngineGoneError";
}

/** So many engines are asked for the same: a tab that is closed, one that is frozen, and as many more as may well follow. */
const MOST_ENGINES = 5;

interface Watch {
  start(engine: EngineApi): void;
  stop(): void;
}

export function createWaitingEngine(username: string): WaitingEngine {
  let phase: AccountPhase = "starting";
  let engine: EngineApi | null = null;
  let takeOver: () => void = () => undefined;
  const waiting = new Set<(engine: EngineApi) => void>();
  /** What fails the calls that are under way. */
  const underWay = new Set<(error: Error) => void>();
  const watches = new Set<Watch>();
  const unserved = new Set<(view: AccountView) => void>();

  const view = (): AccountView => ({
    username,
    phase,
    problem: null,
    connection: "offline",
    catchingUp: null,
    lock: null,
    working: null,
    settings: null,
    blocked: [],
    conversations: [],
  });

  async function call<Result>(use: (engine: EngineApi) => Promise<Result>): Promise<Result> {
    const here = engine ?? (await new Promise<EngineApi>((resolve) => waiting.add(resolve)));
    return await new Promise<Result>((resolve, reject) => {
      underWay.add(reject);
      use(here)
        .then(resolve, reject)
        .finally(() => underWay.delete(reject));
    });
  }

  /** For what may be done twice: the next engine is asked when one went before it answered. */
  async function callAgain<Result>(use: (engine: EngineApi) => Promise<Result>): Promise<Result> {
    for (let engines = 1; engines < MOST_ENGINES; engines += 1) {
      try {
        return await call(use);
      } catch (error) {
        if (!(error instanceof EngineGoneError)) throw error;
      }
    }
    return await call(use);
  }

  /** Begins with every engine anew, until it is ended. */
  function watch<View>(
    begin: (engine: EngineApi, listener: (view: View) => void) => Promise<Unwatch>,
    listener: (view: View) => void,
  ): Unwatch {
    let turn = 0;
    let unwatch: Unwatch = () => undefined;
    const own: Watch = {
      start(here) {
        const ownTurn = ++turn;
        const passOn = (shown: View) => {
          if (ownTurn === turn) listener(shown);
        };
        begin(here, passOn).then(
          (begun) => {
            if (ownTurn === turn) unwatch = begun;
            else begun();
          },
          (error: unknown) => {
            // Of an engine that is gone nothing else is to be expected.
            if (ownTurn === turn) throw error;
          },
        );
      },
      stop() {
        turn += 1;
        unwatch();
        unwatch = () => undefined;
      },
    };
    watches.add(own);
    if (engine !== null) own.start(engine);
    return () => {
      watches.delete(own);
      own.stop();
    };
  }

  return {
    showHeldElsewhere() {
      phase = "held-elsewhere";
      for (const listener of unserved) listener(view());
    },
    begin(here) {
      engine = here;
      phase = "starting";
      unserved.clear();
      for (const each of watches) each.start(here);
      for (const resolve of waiting) resolve(here);
      waiting.clear();
    },
    pause() {
      engine = null;
      for (const each of watches) each.stop();
      for (const fail of underWay) fail(new EngineGoneError("the engine went before it answered"));
      underWay.clear();
    },
    onTakeOver(callback) {
      takeOver = callback;
    },
    async takeOver() {
      if (engine === null) takeOver();
    },
    async watchAccount(listener) {
      // One of its own, since the same function may watch twice.
      const own = (shown: AccountView) => listener(shown);
      let wasInUse = false;
      if (engine === null) {
        unserved.add(own);
        own(view());
      }
      const passOn = (shown: AccountView) => {
        // An engine that takes the place of another starts unseen.
        if (wasInUse && shown.phase === "starting") return;
        wasInUse ||= shown.phase === "ready";
        own(shown);
      };
      const unwatch = watch<AccountView>((here, show) => here.watchAccount(show), passOn);
      return () => {
        unserved.delete(own);
        unwatch();
      };
    },
    async watchConversation(peer, window, listener) {
      // Once the engine is here, an empty conversation would only flicker.
      if (engine === null)
        listener({
          peer,
          identity: { kind: "unknown" },
          messages: [],
          timer: null,
          hasEarlier: false,
          hasLater: false,
        });
      return watch((here, show) => here.watchConversation(peer, window, show), listener);
    },
    watchSearch: async (text, listener) => watch((here, show) => here.watchSearch(text, show), listener),
    attend: async () =>
      watch<never>(
        (here) => here.attend(),
        () => undefined,
      ),
    register: (invite) => call((here) => here.register(invite)),
    startConversation: (peer) => call((here) => here.startConversation(peer)),
    async send(peer, text, options) {
      const id = options?.id ?? crypto.getRandomValues(new Uint8Array(MESSAGE_ID_BYTES));
      return await callAgain((here) => here.send(peer, text, { ...options, id }));
    },
    changeMessage: (peer, sequence, change) => callAgain((here) => here.changeMessage(peer, sequence, change)),
    setTimer: (peer, seconds) => callAgain((here) => here.setTimer(peer, seconds)),
    noteTyping: (peer) => call((here) => here.noteTyping(peer)),
    changeSettings: (settings) => callAgain((here) => here.changeSettings(settings)),
    changeConversation: (peer, change) => callAgain((here) => here.changeConversation(peer, change)),
    deleteConversation: (peer) => call((here) => here.deleteConversation(peer)),
    messageDetails: (peer, sequence) => callAgain((here) => here.messageDetails(peer, sequence)),
    keepDraft: (peer, text) => callAgain((here) => here.keepDraft(peer, text)),
    readDraft: (peer) => callAgain((here) => here.readDraft(peer)),
    safetyNumber: (peer) => callAgain((here) => here.safetyNumber(peer)),
    setVerified: (peer, digits, verified) => call((here) => here.setVerified(peer, digits, verified)),
    compareCode: (peer, code) => call((here) => here.compareCode(peer, code)),
    decideIdentity: (peer, change, decision) => call((here) => here.decideIdentity(peer, change, decision)),
    markRead: (peer) => callAgain((here) => here.markRead(peer)),
    reconnect: () => call((here) => here.reconnect()),
    renewIdentity: () => call((here) => here.renewIdentity()),
    keyHealth: () => callAgain((here) => here.keyHealth()),
    refreshPrekeys: () => call((here) => here.refreshPrekeys()),
    removeAccount: () => call((here) => here.removeAccount()),
    deleteAccount: () => call((here) => here.deleteAccount()),
    makeBackup: (passphrase) => call((here) => here.makeBackup(passphrase)),
    restoreBackup: (file, passphrase) => call((here) => here.restoreBackup(file, passphrase)),
    cancelWork: () => call((here) => here.cancelWork()),
    unlock: (secret) => call((here) => here.unlock(secret)),
    lock: () => call((here) => here.lock()),
    changeLock: (change) => call((here) => here.changeLock(change)),
    noteUse: () => call((here) => here.noteUse()),
  };
}
