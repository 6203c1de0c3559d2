import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "./bytes.ts";
import { MAX_SKIP } from "./double-ratchet.ts";
import { decodeMessage, type Message } from "./message-format.ts";
import { ProtocolError } from "./protocol-error.ts";
import { decryptMessage, encryptMessage, type Session } from "./session.ts";
import { currentSuite } from "./suite.ts";
import { hex } from "./testing/hex.ts";
import { acceptFirstMessage, alice, bob, NOW, sendFirstMessage } from "./testing/people.ts";
import { repeatableRandomBytes } from "./testing/random.ts";

type Side = "alice" | "bob";

interface Sent {
  readonly to: Side;
  readonly text: string;
  readonly message: Message;
}

/** Two people and a network that loses, repeats and reorders. Every rule of delivery is checked at each step. */
class Network {
  readonly #randomBytes = repeatableRandomBytes("network");
  readonly #sessions: { alice: Session; bob: Session | null };
  readonly #underway: Sent[] = [];
  readonly #opened = new Set<string>();
  readonly #nonces = new Set<string>();
  #count = 0;

  private constructor(session: Session, first: Message) {
    this.#sessions = { alice: session, bob: null };
    this.#underway.push({ to: "bob", text: "first", message: first });
  }

  static async open(): Promise<Network> {
    const { session, message } = await sendFirstMessage(alice, bob);
    return new Network(session, decodeMessage(message, currentSuite.version));
  }

  get underway(): number {
    return this.#underway.length;
  }

  async send(by: Side): Promise<void> {
    const session = this.#sessions[by];
    if (session === null) return;
    const text = `${by} ${this.#count++}`;
    const options = { suite: currentSuite, session, plaintext: utf8(text), randomBytes: this.#randomBytes };
    const sealed = await encryptMessage(options);
    this.#sessions[by] = sealed.session;
    const message = decodeMessage(sealed.message, currentSuite.version);
    const nonce = hex(message.ciphertext.subarray(0, 12));
    expect(this.#nonces.has(nonce)).toBe(false);
    this.#nonces.add(nonce);
    this.#underway.push({ to: by === "alice" ? "bob" : "alice", text, message });
  }

  lose(pick: number): void {
    this.#underway.splice(pick % (this.#underway.length || 1), 1);
  }

  /** Delivers one message that is under way; with `keep` it stays there, to arrive once more. */
  async deliver(pick: number, keep: boolean): Promise<void> {
    const index = pick % (this.#underway.length || 1);
    const sent = this.#underway[index];
    if (sent === undefined) return;
    if (!keep) this.#underway.splice(index, 1);
    const before = structuredClone(this.#sessions[sent.to]);
    const outcome = await this.#open(sent).catch((error: unknown) => error);
    if (this.#opened.has(sent.text)) {
      expect(outcome).toBeInstanceOf(ProtocolError);
      expect(this.#sessions[sent.to]).toEqual(before);
      return;
    }
    expect(outcome).toBe(sent.text);
    this.#opened.add(sent.text);
    const skipped = this.#sessions[sent.to]?.ratchet.skippedMessageKeys.length ?? 0;
    expect(skipped).toBeLessThanOrEqual(this.#count + 1 - this.#opened.size);
  }

  async #open({ to, message }: Sent): Promise<string> {
    const session = this.#sessions[to];
    const options = { suite: currentSuite, message, maxSkip: MAX_SKIP, randomBytes: this.#randomBytes, now: NOW };
    const opened =
      session === null
        ? await acceptFirstMessage(bob, alice, { message })
        : await decryptMessage({ ...options, session });
    this.#sessions[to] = opened.session;
    return new TextDecoder().decode(opened.plaintext);
  }
}

const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("send" as const), by: fc.constantFrom<Side>("alice", "bob") }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("deliver" as const), pick: fc.nat(), keep: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lose" as const), pick: fc.nat() }) },
);

describe("between two people, over a network that loses, repeats and reorders", () => {
  it("each message that arrives opens exactly once, and a repeat changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 5, maxLength: 40 }),
        fc.infiniteStream(fc.nat()),
        async (actions, picks) => {
          const network = await Network.open();
          for (const step of actions) {
            if (step.kind === "send") await network.send(step.by);
            else if (step.kind === "deliver") await network.deliver(step.pick, step.keep);
            else network.lose(step.pick);
          }
          while (network.underway > 0) await network.deliver(picks.next().value ?? 0, false);
        },
      ),
      { numRuns: 15, seed: 2 },
    );
  });

  it("twelve messages of one burst open in any order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 13, maxLength: 13 }), async (picks) => {
        const network = await Network.open();
        for (let count = 0; count < 12; count++) await network.send("alice");
        for (const pick of picks) await network.deliver(pick, false);
        expect(network.underway).toBe(0);
      }),
      { numRuns: 5, seed: 2 },
    );
  });
});
