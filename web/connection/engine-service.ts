/**
 * One tab's share of an account's engine, on the worker's side: the engine's API with its watches numbered, since
 * functions cannot cross but as comlink's proxies. remote-engine.ts is the page's side.
 */
import { type ProxyMarked, releaseProxy } from "comlink";
import type { AccountView, ConversationView, EngineApi, HistoryWindow, SearchView, Unwatch } from "../engine/api.ts";
import type { Service } from "./host.ts";

/** A page's function, as it is handed over. */
export type ProxiedListener<View> = ((view: View) => void) & ProxyMarked;

/** The engine's API as it crosses: a watch is a number, and ends with `unwatch`. */
export interface EngineHost extends Omit<EngineApi, "watchAccount" | "watchConversation" | "watchSearch" | "attend"> {
  watchAccount(listener: ProxiedListener<AccountView>): Promise<number>;
  watchConversation(peer: string, window: HistoryWindow, listener: ProxiedListener<ConversationView>): Promise<number>;
  watchSearch(text: string, listener: ProxiedListener<SearchView>): Promise<number>;
  attend(): Promise<number>;
  /** Ending a watch that has ended is no error. */
  unwatch(watch: number): void;
}

export function serveEngine(engine: EngineApi): Service & { readonly exposed: EngineHost } {
  const watches = new Watches();
  const exposed: EngineHost = {
    watchAccount: (listener) => watches.add(listener, (passOn) => engine.watchAccount(passOn)),
    watchConversation: (peer, window, listener) =>
      watches.add(listener, (passOn) => engine.watchConversation(peer, window, passOn)),
    watchSearch: (text, listener) => watches.add(listener, (passOn) => engine.watchSearch(text, passOn)),
    unwatch: (watch) => watches.end(watch),
    register: (invite) => engine.register(invite),
    startConversation: (peer) => engine.startConversation(peer),
    send: (peer, text, options) => engine.send(peer, text, options),
    changeMessage: (peer, sequence, change) => engine.changeMessage(peer, sequence, change),
    setTimer: (peer, seconds) => engine.setTimer(peer, seconds),
    noteTyping: (peer) => engine.noteTyping(peer),
    changeSettings: (settings) => engine.changeSettings(settings),
    changeConversation: (peer, change) => engine.changeConversation(peer, change),
    deleteConversation: (peer) => engine.deleteConversation(peer),
    messageDetails: (peer, sequence) => engine.messageDetails(peer, sequence),
    keepDraft: (peer, text) => engine.keepDraft(peer, text),
    readDraft: (peer) => engine.readDraft(peer),
    safetyNumber: (peer) => engine.safetyNumber(peer),
    setVerified: (peer, digits, verified) => engine.setVerified(peer, digits, verified),
    compareCode: (peer, code) => engine.compareCode(peer, code),
    decideIdentity: (peer, change, decision) => engine.decideIdentity(peer, change, decision),
    markRead: (peer) => engine.markRead(peer),
    reconnect: () => engine.reconnect(),
    renewIdentity: () => engine.renewIdentity(),
    keyHealth: () => engine.keyHealth(),
    refreshPrekeys: () => engine.refreshPrekeys(),
    removeAccount: () => engine.removeAccount(),
    deleteAccount: () => engine.deleteAccount(),
    makeBackup: (passphrase) => engine.makeBackup(passphrase),
    restoreBackup: (file, passphrase) => engine.restoreBackup(file, passphrase),
    cancelWork: () => engine.cancelWork(),
    unlock: (secret) => engine.unlock(secret),
    lock: () => engine.lock(),
    changeLock: (change) => engine.changeLock(change),
    noteUse: () => engine.noteUse(),
    takeOver: () => engine.takeOver(),
    attend: () => watches.hold(() => engine.attend()),
  };
  return { exposed, end: () => watches.endAll() };
}

/** The watches of one tab. */
class Watches {
  readonly #watches = new Map<number, Unwatch>();
  #last = 0;
  #ended = false;

  async add<View>(
    listener: ProxiedListener<View>,
    begin: (passOn: (view: View) => void) => Promise<Unwatch>,
  ): Promise<number> {
    return await this.hold(async () => {
      let ended = false;
      const unwatch = await begin((view) => {
        // A watch can end while its first view is being made, and what is released cannot be called.
        if (!ended) listener(view);
      });
      return () => {
        ended = true;
        unwatch();
        release(listener);
      };
    });
  }

  /** Something that goes on until the tab ends it, or is gone. */
  async hold(begin: () => Promise<Unwatch>): Promise<number> {
    const number = ++this.#last;
    this.#watches.set(number, await begin());
    // The tab went while the watch began.
    if (this.#ended) this.end(number);
    return number;
  }

  end(number: number): void {
    const unwatch = this.#watches.get(number);
    this.#watches.delete(number);
    unwatch?.();
  }

  endAll(): void {
    this.#ended = true;
    for (const number of [...this.#watches.keys()]) this.end(number);
  }
}

/** Closes the channel behind a page's function. The types have it as it is on the page, where it is no proxy. */
function release(listener: object): void {
  const close: unknown = Reflect.get(listener, releaseProxy);
  if (typeof close === "function") close();
}
