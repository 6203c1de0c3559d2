/**
 * When an answer has left, or will not: its own `close` event is not enough, since an answer that waits behind another one on
 * the same connection (HTTP pipelining) is never told that the connection closed, and would be counted for ever.
 */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** What is still to be told of each connection; one listener on it serves all. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/** Calls once, when the answer has left or its client is gone; at once when it is gone already. */
export function whenGone(response: ServerResponse, tell: () => void): void {
  const { socket } = response.req;
  if (socket.destroyed) {
    tell();
    return;
  }
  const untold = waitingOn(socket);
  const once = () => {
    if (untold.delete(once)) tell();
  };
  untold.add(once);
  response.once("close", once);
}

function waitingOn(socket: Socket): Set<() => void> {
  const known = waiting.get(socket);
  if (known) return known;
  const untold = new Set<() => void>();
  waiting.set(socket, untold);
  socket.once("close", () => {
    for (const one of [...untold]) one();
  });
  return untold;
}
