/** Alice and Bob in one session, every message recorded, and either one's state for the taking. */
import { utf8 } from "../bytes.ts";
import { MAX_SKIP } from "../double-ratchet.ts";
import { decodeMessage } from "../message-format.ts";
import { acceptSession, beginSession, decryptMessage, encryptMessage, type Session } from "../session.ts";
import type { HandshakeContext, Suite } from "../suite.ts";
import { type HandshakeOptions, kemPrekeyOf, makePerson, NOW, type Person, verifiedBundleOf } from "./people.ts";
import { repeatableRandomBytes } from "./random.ts";
import type { Loot, Recorded } from "./thief.ts";

export type Side = "alice" | "bob";

interface Device extends Omit<Loot, "peer" | "suite" | "us" | "sessions"> {
  readonly person: Person;
  readonly session: Session | null;
}

export class TappedConversation {
  /** Every message, in the order of sending. */
  readonly recorded: Recorded[] = [];
  readonly #suite: Suite;
  readonly #options: HandshakeOptions;
  readonly #randomBytes = repeatableRandomBytes("a tapped conversation");
  readonly #devices: Record<Side, Device>;
  #context: HandshakeContext | null = null;

  private constructor(suite: Suite, options: HandshakeOptions, people: Readonly<Record<Side, Person>>) {
    this.#suite = suite;
    this.#options = { ...options, suite };
    this.#devices = { alice: deviceOf(suite, people.alice), bob: deviceOf(suite, people.bob) };
  }

  /**
   * Alice begins, and has sent nothing yet. With `freshPrekeys` Bob is the same person with other prekeys throughout.
   */
  static async begin(
    suite: Suite,
    options: Omit<HandshakeOptions, "suite"> & { readonly freshPrekeys?: boolean } = {},
  ): Promise<TappedConversation> {
    const bob = makePerson("bob");
    const { username, identity } = bob;
    const people = {
      alice: makePerson("alice"),
      bob: options.freshPrekeys ? { ...makePerson("bob, later"), username, identity } : bob,
    };
    const conversation = new TappedConversation(suite, options, people);
    await conversation.#begin();
    return conversation;
  }

  async #begin(): Promise<void> {
    const { alice, bob } = this.#devices;
    const bundle = verifiedBundleOf(bob.person, alice.person, this.#options);
    const options = { suite: this.#suite, us: alice.person, bundle, generation: 1, randomBytes: this.#randomBytes };
    const { session, handshake } = await beginSession(options);
    this.#devices.alice = { ...alice, session };
    this.#context = handshake.context;
  }

  /** Encrypts; the message is recorded and has not arrived. */
  async write(by: Side, text: string): Promise<Recorded> {
    const { session } = this.#devices[by];
    if (session === null || this.#context === null) throw new RangeError(`${by} has no session yet`);
    const options = { suite: this.#suite, session, plaintext: utf8(text), randomBytes: this.#randomBytes };
    const sealed = await encryptMessage(options);
    this.#devices[by] = { ...this.#devices[by], session: sealed.session };
    const recorded = { text, body: sealed.message, context: this.#context };
    this.recorded.push(recorded);
    return recorded;
  }

  /** Opens; Bob's first one accepts the session, and then the one-time prekeys it used are deleted. */
  async read(by: Side, { body }: Recorded): Promise<string> {
    const message = decodeMessage(body, this.#suite.version);
    const { session } = this.#devices[by];
    const common = { suite: this.#suite, message, randomBytes: this.#randomBytes, now: NOW };
    const opened =
      session === null ? await this.#accept(common) : await decryptMessage({ ...common, session, maxSkip: MAX_SKIP });
    this.#devices[by] = { ...this.#devices[by], session: opened.session };
    return new TextDecoder().decode(opened.plaintext);
  }

  async #accept(common: Pick<Parameters<typeof acceptSession>[0], "suite" | "message" | "randomBytes" | "now">) {
    const { person, ...left } = this.#devices.bob;
    const { withOneTimePrekey = true } = this.#options;
    const oneTimePrekey = withOneTimePrekey ? person.oneTimePrekey : null;
    const kemPrekey = kemPrekeyOf(person, this.#options);
    const { signedPrekey } = person;
    const sender = this.#devices.alice.person;
    const opened = await acceptSession({ ...common, us: person, sender, signedPrekey, oneTimePrekey, kemPrekey });
    const usedKem = kemPrekey?.type === "one-time-kem" ? kemPrekey.keyPair : null;
    this.#devices.bob = {
      ...left,
      person,
      oneTimePrekeys: left.oneTimePrekeys.filter((keyPair) => keyPair !== oneTimePrekey),
      kemPrekeys: left.kemPrekeys.filter(({ keyPair }) => keyPair !== usedKem),
    };
    return opened;
  }

  /** One side writes and the other reads at once. */
  async tell(by: Side, text: string): Promise<void> {
    await this.read(by === "alice" ? "bob" : "alice", await this.write(by, text));
  }

  /**
   * As when a signed prekey was replaced 37 days ago: it and the last-resort KEM prekey of its manifest are deleted.
   */
  deleteLastingPrekeys(of: Side): void {
    const device = this.#devices[of];
    const kemPrekeys = device.kemPrekeys.filter(({ type }) => type === "one-time-kem");
    this.#devices[of] = { ...device, signedPrekeys: [], kemPrekeys };
  }

  /** Everything this side's device holds now. Values never change, so nothing that follows changes the copy. */
  lootOf(side: Side): Loot {
    const { person, session, ...prekeys } = this.#devices[side];
    const peer = this.#devices[side === "alice" ? "bob" : "alice"].person;
    return { suite: this.#suite, us: person, peer, sessions: session === null ? [] : [session], ...prekeys };
  }
}

/** With prekeys that nobody takes, beside those that may be used. */
function deviceOf(suite: Suite, person: Person): Device {
  const spare = makePerson(`${person.username}, spare prekeys`);
  return {
    person,
    session: null,
    signedPrekeys: [person.signedPrekey],
    oneTimePrekeys: [person.oneTimePrekey, spare.oneTimePrekey],
    kemPrekeys:
      suite.kem === null
        ? []
        : [
            { type: "one-time-kem", keyPair: person.oneTimeKemPrekey },
            { type: "one-time-kem", keyPair: spare.oneTimeKemPrekey },
            { type: "last-resort-kem", keyPair: person.lastResortKemPrekey },
          ],
  };
}
