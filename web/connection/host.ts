/**
 * The worker's side of a connection: welcomes each tab, serves it over a channel of its own, and ends what it left
 * behind when the tab is gone. A tab that crashes says nothing, but the browser lets go of its Web Lock.
 */
import { expose } from "comlink";
import { ENGINE_API_VERSION } from "../engine/api.ts";
import { type Hello, parseHello, type Welcome } from "./greeting.ts";
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
  /** Begins to serve one more tab; null when it turns out that this worker can serve nobody. */
  readonly open: (() => Service) | Promise<(() => Service) | null>;
}

export function createHost({ locks, open }: HostOptions): Host {
  function answer({ port, tabLock, version }: Hello, begin: (() => Service) | null): void {
    const welcome: Welcome = { kind: "sotto/welcome", version: ENGINE_API_VERSION, unfit: begin === null };
    port.postMessage(welcome);
    if (version !== ENGINE_API_VERSION || begin === null) return;
    const service = begin();
    expose(service.exposed, port);
    void locks.request(tabLock, async () => {
      service.end();
      port.close();
    });
  }
  return {
    receive(message) {
      const hello = parseHello(message);
      if (hello === null) return;
      void Promise.resolve(open).then((begin) => answer(hello, begin));
    },
  };
}
