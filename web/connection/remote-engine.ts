/** The engine in the worker as the page sees it: exactly EngineApi. engine-service.ts is the worker's side. */
import { proxy, type Remote } from "comlink";
import type { EngineApi, Unwatch } from "../engine/api.ts";
import type { EngineHost, ProxiedListener } from "./engine-service.ts";

export function remoteEngine(host: Remote<EngineHost>): EngineApi {
  async function watch<View>(
    listener: (view: View) => void,
    begin: (proxied: ProxiedListener<View>) => Promise<number>,
  ): Promise<Unwatch> {
    let active = true;
    const passOn = (view: View) => {
      // A view can be under way while the watch ends.
      if (active) listener(view);
    };
    const number = await begin(proxy(passOn));
    return () => {
      if (active) void host.unwatch(number);
      active = false;
    };
  }

  /** What ends a watch, once. */
  function ended(number: number): Unwatch {
    let active = true;
    return () => {
      if (active) void host.unwatch(number);
      active = false;
    };
  }

  return {
    watchAccount: (listener) => watch(listener, (proxied) => host.watchAccount(proxied)),
    watchConversation: (peer, window, listener) =>
      watch(listener, (proxied) => host.watchConversation(peer, window, proxied)),
    watchSearch: (text, listener) => watch(listener, (proxied) => host.watchSearch(text, proxied)),
    register: (invite) => host.register(invite),
    startConversation: (peer) => host.startConversation(peer),
    send: (peer, text, options) => host.send(peer, text, options),
    changeMessage: (peer, sequence, change) => host.changeMessage(peer, sequence, change),
    setTimer: (peer, seconds) => host.setTimer(peer, seconds),
    noteTyping: (peer) => host.noteTyping(peer),
    changeSettings: (settings) => host.changeSettings(settings),
    changeConversation: (peer, change) => host.changeConversation(peer, change),
    deleteConversation: (peer) => host.deleteConversation(peer),
    messageDetails: (peer, sequence) => host.messageDetails(peer, sequence),
    keepDraft: (peer, text) => host.keepDraft(peer, text),
    readDraft: (peer) => host.readDraft(peer),
    safetyNumber: (peer) => host.safetyNumber(peer),
    setVerified: (peer, digits, verified) => host.setVerified(peer, digits, verified),
    compareCode: (peer, code) => host.compareCode(peer, code),
    decideIdentity: (peer, change, decision) => host.decideIdentity(peer, change, decision),
    markRead: (peer) => host.markRead(peer),
    reconnect: () => host.reconnect(),
    renewIdentity: () => host.renewIdentity(),
    keyHealth: () => host.keyHealth(),
    refreshPrekeys: () => host.refreshPrekeys(),
    removeAccount: () => host.removeAccount(),
    deleteAccount: () => host.deleteAccount(),
    makeBackup: (passphrase) => host.makeBackup(passphrase),
    restoreBackup: (file, passphrase) => host.restoreBackup(file, passphrase),
    cancelWork: () => host.cancelWork(),
    unlock: (secret) => host.unlock(secret),
    lock: () => host.lock(),
    changeLock: (change) => host.changeLock(change),
    noteUse: () => host.noteUse(),
    takeOver: () => host.takeOver(),
    attend: async () => ended(await host.attend()),
  };
}
