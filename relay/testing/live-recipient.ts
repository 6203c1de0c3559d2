/**
 * Someone who is online: asks for the mailbox each time a live socket is ready, then takes what is pushed, and comes
 * back when the socket is gone. Acknowledges everything. Remembers when what came, and what came after its
 * acknowledgement was answered.
 */
import { toBase64url } from "../wire/bytes.ts";
import { MAX_ACKNOWLEDGEMENTS } from "../wire/limits.ts";
import { parseReceiveResponse, type ReceivedEnvelope } from "../wire/mail.ts";
import type { TestClient } from "./test-client.ts";
import type { TestLiveSocket } from "./test-live-socket.ts";

const RETRY_MILLISECONDS = 20;

export class LiveRecipient {
  readonly #client: TestClient;
  readonly #receivedAt = new Map<string, number>();
  readonly #acknowledgedAt = new Map<string, number>();
  /** What was pushed and is not acknowledged yet. */
  readonly #pushed: ReceivedEnvelope[] = [];
  #isAcknowledging = false;
  #duplicated = 0;
  #sockets = 0;
  #socket: TestLiveSocket | null = null;
  #stopped = false;

  constructor(client: TestClient) {
    this.#client = client;
  }

  /** When each envelope came first, by its id as base64url; of the process's own clock. */
  get receivedAt(): ReadonlyMap<string, number> {
    return this.#receivedAt;
  }

  /** How many came after their acknowledgement was answered, on a socket or to a request that began later. */
  get duplicated(): number {
    return this.#duplicated;
  }

  /** How many sockets became ready. */
  get sockets(): number {
    return this.#sockets;
  }

  /** Is online until `stop`. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#beOnline();
      } catch {
        // The relay, its database or the way there is gone.
        await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
      }
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#socket?.socket.terminate();
  }

  /** Asks for the mailbox, acknowledges what is there, and resolves to how much that was. */
  async fetch(): Promise<number> {
    let count = 0;
    let after: string | undefined;
    for (;;) {
      const beganAt = performance.now();
      const page = parseReceiveResponse((await this.#client.receive(after)).json);
      if (!page) throw new Error("receive was refused");
      this.#take(page.envelopes, beganAt);
      await this.#acknowledge(page.envelopes);
      count += page.envelopes.length;
      if (page.next === null) return count;
      after = page.next;
    }
  }

  async #beOnline(): Promise<void> {
    const beganAt = performance.now();
    const socket = this.#client.openLive();
    this.#socket = socket;
    try {
      await socket.authenticate();
      this.#sockets += 1;
      await this.fetch();
      for (;;) {
        const { envelope } = await socket.nextOf("mail");
        this.#take([envelope], beganAt);
        this.#pushed.push(envelope);
        // Meanwhile more is taken, so that the time it came is not that of the acknowledgement before.
        this.#acknowledgePushed().catch(() => socket.socket.terminate());
      }
    } finally {
      socket.socket.terminate();
    }
  }

  #take(envelopes: readonly ReceivedEnvelope[], beganAt: number): void {
    for (const { id } of envelopes) {
      const name = toBase64url(id);
      const acknowledgedAt = this.#acknowledgedAt.get(name);
      if (acknowledgedAt !== undefined && acknowledgedAt < beganAt) this.#duplicated += 1;
      if (!this.#receivedAt.has(name)) this.#receivedAt.set(name, performance.now());
    }
  }

  /** All of it, in as few requests as there is time for; what is not acknowledged comes again with the mailbox. */
  async #acknowledgePushed(): Promise<void> {
    if (this.#isAcknowledging) return;
    this.#isAcknowledging = true;
    try {
      while (this.#pushed.length > 0) await this.#acknowledge(this.#pushed.splice(0, MAX_ACKNOWLEDGEMENTS));
    } finally {
      this.#isAcknowledging = false;
    }
  }

  async #acknowledge(envelopes: readonly ReceivedEnvelope[]): Promise<void> {
    if (envelopes.length === 0) return;
    const { status } = await this.#client.acknowledge(envelopes);
    if (status !== 200) throw new Error("acknowledge was refused");
    for (const { id } of envelopes) this.#acknowledgedAt.set(toBase64url(id), performance.now());
  }
}
