/**
 * The worker's side of a connection: welcomes each tab, serves it over a channel of its own, and ends what it left
 * behind when the tab is gone. A tab that crashes says nothing, but the browser lets go of its Web Lock.
 */
import { expose } from "comlink";
import { ENGINE_API_VERSION } from "../engine/api.ts";
import { parseHello, type Welcome } from "./greeting.ts";
import type { Locks } from "./locks.ts";

/** What one tab is served. */
export interface Service {
  /** Its methods are called by the tab, through comlink. */
  readonly exposed: object;
  /** The tab is gone. */
  end(): void;
}

export interface Host {
  /** Takes what a tab posted to the worker; anything but a greeting is ignored. */
  receive(message: unknown): void;
}

export interface HostOptions {
  readonly locks: Locks;
  /** Begins to serve one more tab. */
  readonly open: () => Service;
}

export function createHost({ locks, open }: HostOptions): Host {
  return {
    receive(message) {
      const hello = parseHello(message);
      if (hello === null) return;
      const { port, tabLock, version } = hello;
      const welcome: Welcome = { kind: "sotto/welcome", version: ENGINE_API_VERSION };
      port.postMessage(welcome);
      if (version !== ENGINE_API_VERSION) return;
      const service = open();
      expose(service.exposed, port);
      void locks.request(tabLock, async () => {
        service.end();
        port.close();
      });
    },
  };
}
