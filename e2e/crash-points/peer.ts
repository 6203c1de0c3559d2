/** The other side of a conversation: the product's engine in this process, over storage in memory and the real relay. */
import { WebSocket } from "ws";
import type { EngineApi, MessageView } from "../../web/engine/api.ts";
import { createEngine } from "../../web/engine/engine.ts";
import type { Clock } from "../../web/engine/ports.ts";
import { createRelayNetwork } from "../../web/network/relay-network.ts";
import { createMemoryDisk } from "../../web/storage/memory.ts";
import { openSealedStore } from "../../web/storage/sealed-store.ts";

const PATIENCE_MS = 30_000;

/** More than any conversation of these tests holds. */
const ALL_MESSAGES = 10_000;

const clock: Clock = {
  now: Date.now,
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

type TextMessage = Extract<MessageView, { readonly kind: "text" }>;

export class Peer {
  readonly username: string;
  readonly #origin: string;
  readonly #disk = createMemoryDisk();
  #engine: (EngineApi & { stop(): Promise<void> }) | null = null;

  /** Somebody who has just made an account at the relay of this origin, and is online. */
  static async join(username: string, origin: string): Promise<Peer> {
    const peer = new Peer(username, origin);
    peer.comeBack();
    const { kind } = await peer.engine.register();
    if (kind !== "registered") throw new Error(`registering the peer ended as ${kind}`);
    return peer;
  }

  private constructor(username: string, origin: string) {
    this.username = username;
    this.#origin = origin;
  }

  get engine(): EngineApi {
    if (this.#engine === null) throw new Error("the peer is away");
    return this.#engine;
  }

  /** Comes online with what was stored before. */
  comeBack(): void {
    if (this.#engine !== null) throw new Error("the peer is here already");
    this.#engine = createEngine({
      username: this.username,
      ports: {
        openStore: (secret) => {
          const records = this.#disk.open(this.username);
          return openSealedStore({ account: this.username, records, randomBytes, now: clock.now }, secret);
        },
        deleteStore: () => this.#disk.open(this.username).destroy(),
        network: createRelayNetwork({ origin: this.#origin, fetch, WebSocket, clock, random: Math.random }),
        clock,
        randomBytes,
      },
      onRegistered: () => Promise.resolve(),
      onRemoved: () => Promise.resolve(),
      onLocked: () => undefined,
    });
  }

  /** Goes offline; resolves when nothing of the engine runs any more. */
  async goAway(): Promise<void> {
    const engine = this.#engine;
    this.#engine = null;
    await engine?.stop();
  }

  async send(to: string, text: string): Promise<void> {
    const { kind } = await this.engine.send(to, text);
    if (kind !== "queued") throw new Error(`sending ended as ${kind}`);
  }

  /** Resolves once the conversation is as wanted; everything in it that is no text is an error. */
  async untilConversation(
    other: string,
    isWanted: (messages: readonly TextMessage[]) => boolean,
  ): Promise<readonly TextMessage[]> {
    let seen: readonly MessageView[] = [];
    const wanted = new Promise<readonly TextMessage[]>((resolve, reject) => {
      const fail = (what: string) => reject(new Error(`${what}; its end is ${JSON.stringify(seen.slice(-3))}`));
      const timer = setTimeout(() => fail("the peer's conversation is not as wanted"), PATIENCE_MS);
      const look = (messages: readonly MessageView[]) => {
        seen = messages;
        const texts = messages.filter((message) => message.kind === "text");
        if (texts.length !== messages.length) fail("the peer's conversation holds more than texts");
        if (!isWanted(texts)) return;
        clearTimeout(timer);
        resolve(texts);
      };
      this.engine
        .watchConversation(other, { from: null, count: ALL_MESSAGES }, ({ messages }) => look(messages))
        .catch(reject);
    });
    return await wanted;
  }
}
