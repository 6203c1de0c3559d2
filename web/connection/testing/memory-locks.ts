/** Web Locks of one imaginary browser. */
import type { LockOptions, Locks } from "../locks.ts";

type Callback = (lock: object | null) => Promise<void>;

interface Request {
  readonly run: () => void;
  readonly fail: (error: Error) => void;
}

export function createMemoryLocks(): Locks {
  const holders = new Map<string, Request>();
  const queues = new Map<string, Request[]>();

  function next(name: string): void {
    holders.delete(name);
    queues.get(name)?.shift()?.run();
  }

  function ask(name: string, { ifAvailable, steal, signal }: LockOptions, callback: Callback): Promise<unknown> {
    if (ifAvailable && holders.has(name)) return callback(null);
    return new Promise<unknown>((resolve, reject) => {
      const request: Request = {
        fail: reject,
        run() {
          holders.set(name, request);
          callback({})
            .then(resolve, reject)
            .finally(() => {
              if (holders.get(name) === request) next(name);
            });
        },
      };
      if (steal) holders.get(name)?.fail(new DOMException("stolen", "AbortError"));
      if (steal || !holders.has(name)) return request.run();
      const queue = queues.get(name) ?? [];
      queues.set(name, queue);
      queue.push(request);
      signal?.addEventListener("abort", () => {
        if (!queue.includes(request)) return;
        queue.splice(queue.indexOf(request), 1);
        reject(new DOMException("given up", "AbortError"));
      });
    });
  }

  function request(name: string, callback: () => Promise<void>): Promise<unknown>;
  function request(name: string, options: LockOptions, callback: Callback): Promise<unknown>;
  function request(
    name: string,
    ...rest: readonly [() => Promise<void>] | readonly [LockOptions, Callback]
  ): Promise<unknown> {
    return rest.length === 1 ? ask(name, {}, rest[0]) : ask(name, ...rest);
  }
  return { request };
}
