/** The part of a WebSocket that is used: a browser's and the one of `ws` both have it. */

export interface Socket {
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { readonly reason: string }) => void): void;
  addEventListener(type: "error", listener: () => void): void;
  send(text: string): void;
  close(): void;
}

export type SocketConstructor = new (url: string) => Socket;
