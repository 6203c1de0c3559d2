/**
 * Someone who receives mail from a relay that is killed again and again: live and by asking, acknowledging what was
 * received. Remembers what came, and whether anything came after its acknowledgement was answered.
 */
import { formatReceivedEnvelope, parseReceiveResponse, type ReceivedEnvelope } from "../wire/mail.ts";
import type { TestClient } from "./test-client.ts";
import type { TestLiveSocket } from "./test-live-socket.ts";

/** How long to wait before a relay that does not answer is asked again. */
export const RETRY_MILLISECONDS = 20;

export const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export class TestRecipient {
  readonly #client: TestClient;
  readonly #bodies = new Map<string, string>();
  /** Names of envelopes whose acknowledgement was answered, and how many answers there had been by then. */
  readonly #acknowledged = new Map<string, number>();
  #waiting: ReceivedEnvelope[] = [];
  #answers = 0;
  #duplicated = 0;
  #pushed = 0;
  #socket: TestLiveSocket | null = null;
  #stopped = false;

  constructor(client: TestClient) {
    this.#client = client;
  }

  /** How many envelopes came again: after their acknowledgement was answered, or twice in one mailbox. */
  get duplicated(): number {
    return this.#duplicated;
  }

  /** How many envelopes the live socket brought. */
  get pushed(): number {
    return this.#pushed;
  }

  /** The body of an envelope that was received, as base64url. */
  bodyOf(id: string): string | undefined {
    return this.#bodies.get(id);
  }

  /** Receives until `stop`; resolves then. */
  async run(): Promise<void> {
    await Promise.all([this.#listen(), this.#ask()]);
  }

  stop(): void {
    this.#stopped = true;
    this.#socket?.socket.terminate();
  }

  /** Receives and acknowledges until nothing is left, then asks once more: what comes then is duplicated. */
  async finish(): Promise<void> {
    while ((await this.#receiveAll()) > 0 && this.#duplicated === 0) await this.#acknowledge();
    await this.#receiveAll();
  }

  async #listen(): Promise<void> {
    while (!this.#stopped) {
      const began = this.#answers;
      const socket = this.#client.openLive();
      this.#socket = socket;
      try {
        await socket.authenticate();
        for (;;) {
          const { envelope } = await socket.nextOf("mail");
          this.#pushed += 1;
          this.#take(envelope, began);
        }
      } catch {
        // Killed together with the relay.
        await pause(RETRY_MILLISECONDS);
      }
    }
  }

  async #ask(): Promise<void> {
    while (!this.#stopped) {
      await untilAnswered(async () => {
        if (this.#stopped) return true;
        await this.#receiveAll();
        await this.#acknowledge();
        return true;
      });
      await pause(RETRY_MILLISECONDS);
    }
  }

  /** Every page of the mailbox; resolves to how many envelopes there were. */
  async #receiveAll(): Promise<number> {
    const began = this.#answers;
    const seen = new Set<string>();
    let after: string | undefined;
    for (;;) {
      const { status, text, json } = await this.#client.receive(after);
      if (status !== 200) throw new Error(`receive answered ${status} ${text}`);
      const page = parseReceiveResponse(json);
      if (!page) throw new Error("receive did not answer with a page");
      for (const envelope of page.envelopes) {
        const name = nameOf(envelope);
        if (seen.has(name)) this.#duplicated += 1;
        seen.add(name);
        this.#take(envelope, began);
      }
      if (page.next === null) return seen.size;
      after = page.next;
    }
  }

  /** `began` is how many acknowledgements had been answered when the relay was asked for this. */
  #take(envelope: ReceivedEnvelope, began: number): void {
    const { id, body } = formatReceivedEnvelope(envelope);
    const acknowledgedAt = this.#acknowledged.get(nameOf(envelope));
    if (acknowledgedAt !== undefined && acknowledgedAt <= began) this.#duplicated += 1;
    this.#bodies.set(id, body);
    this.#waiting.push(envelope);
  }

  async #acknowledge(): Promise<void> {
    while (this.#waiting.length > 0) {
      const some = this.#waiting.slice(0, 100);
      const { status, text } = await this.#client.acknowledge(
        some.map(({ from, fromDevice, id }) => ({ from, fromDevice, id })),
      );
      if (status !== 200) throw new Error(`acknowledge answered ${status} ${text}`);
      this.#waiting = this.#waiting.slice(some.length);
      this.#answers += 1;
      for (const envelope of some) this.#acknowledged.set(nameOf(envelope), this.#answers);
    }
  }
}

function nameOf(envelope: ReceivedEnvelope): string {
  const { from, fromDevice, id } = formatReceivedEnvelope(envelope);
  return `${from}/${fromDevice}/${id}`;
}

/**
 * Repeats what a killed relay does not answer, until it resolves to true. Other faults than a broken connection and
 * refusals that pass by themselves go on to the caller.
 */
export async function untilAnswered(attempt: () => Promise<boolean>): Promise<void> {
  for (;;) {
    try {
      if (await attempt()) return;
    } catch (error) {
      if (!isConnectionFault(error)) throw error;
    }
    await pause(RETRY_MILLISECONDS);
  }
}

function isConnectionFault(error: unknown): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  return error.code === "ECONNREFUSED" || error.code === "ECONNRESET" || error.code === "EPIPE";
}
