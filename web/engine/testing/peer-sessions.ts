/** The sessions of someone who talks with engines from a program of their own: all that `PeerClient` keeps of others. */
import { type Bytes, sameBytes } from "../../protocol/bytes.ts";
import { MAX_SKIP } from "../../protocol/double-ratchet.ts";
import { deriveNextChainKey } from "../../protocol/kdf.ts";
import type { KemKeyPair } from "../../protocol/kem.ts";
import type { RandomBytes, X25519KeyPair } from "../../protocol/keys.ts";
import type { Message } from "../../protocol/message-format.ts";
import type { VerifiedPrekeyBundle } from "../../protocol/prekey-bundle.ts";
import {
  acceptSession,
  beginSession,
  decryptMessage,
  encryptMessage,
  readInitialHeader,
  type Session,
} from "../../protocol/session.ts";
import { currentSuite } from "../../protocol/suite.ts";
import type { OurParty } from "../../protocol/x3dh.ts";
import { DEVICE } from "../account.ts";
import type { SessionRecord } from "../records.ts";
import { nextGeneration, withSession } from "../sessions.ts";

const randomBytes: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

/** What first messages to us are accepted with: there are no one-time prekeys. */
export interface OwnKeys {
  readonly us: OurParty;
  readonly signedPrekey: X25519KeyPair;
  readonly lastResortKemPrekey: KemKeyPair;
}

export class PeerSessions {
  readonly #own: OwnKeys;
  readonly #sessions = new Map<string, readonly SessionRecord[]>();

  constructor(own: OwnKeys) {
    this.#own = own;
  }

  /** The sessions with someone, the one that sends first. */
  with(peer: string): readonly SessionRecord[] {
    return this.#sessions.get(peer) ?? [];
  }

  /** Begins a session, by default of a generation above all others. */
  async begin(bundle: VerifiedPrekeyBundle, generation?: number): Promise<Session> {
    const { username: peer } = bundle;
    const { session } = await beginSession({
      suite: currentSuite,
      us: this.#own.us,
      bundle,
      generation: generation ?? nextGeneration(this.with(peer), Date.now()),
      randomBytes,
    });
    this.#store(peer, session);
    return session;
  }

  /** Seals a plaintext in a session as it is by now. */
  async seal(peer: string, plaintext: Bytes, within: Session): Promise<Bytes> {
    const session = this.#current(peer, within);
    const sealed = await encryptMessage({ suite: currentSuite, session, plaintext, randomBytes });
    this.#store(peer, sealed.session);
    return sealed.message;
  }

  /** Goes on in a sending chain as if so many messages had been sealed, which nobody will see. */
  async skip(peer: string, count: number, within: Session): Promise<void> {
    const session = this.#current(peer, within);
    const { sendingChain } = session.ratchet;
    if (sendingChain === null) throw new Error("nothing can be sent in this session yet");
    let { chainKey } = sendingChain;
    for (let skipped = 0; skipped < count; skipped++) chainKey = await deriveNextChainKey(chainKey);
    const nextMessageNumber = sendingChain.nextMessageNumber + count;
    this.#store(peer, { ...session, ratchet: { ...session.ratchet, sendingChain: { chainKey, nextMessageNumber } } });
  }

  /** Opens a message in the session it is of, or accepts the one that it begins. */
  async open(from: string, message: Message): Promise<Bytes> {
    const initial = await readInitialHeader(currentSuite, message);
    const now = Date.now();
    for (const { session } of this.with(from)) {
      if (initial !== null && !sameBytes(initial.transcriptHash, session.transcriptHash)) continue;
      const options = { suite: currentSuite, session, message, maxSkip: MAX_SKIP, randomBytes, now };
      const opened = await decryptMessage(options).catch(() => null);
      if (opened === null) continue;
      this.#store(from, opened.session);
      return opened.plaintext;
    }
    if (initial === null) throw new Error("a message of no session");
    const { us, signedPrekey, lastResortKemPrekey } = this.#own;
    const accepted = await acceptSession({
      suite: currentSuite,
      us,
      sender: { username: from, device: DEVICE },
      message,
      signedPrekey,
      oneTimePrekey: null,
      kemPrekey: { type: "last-resort-kem", keyPair: lastResortKemPrekey },
      randomBytes,
      now,
    });
    this.#store(from, accepted.session);
    return accepted.plaintext;
  }

  #current(peer: string, wanted: Session): Session {
    const sessions = this.with(peer).map(({ session }) => session);
    return sessions.find(({ transcriptHash }) => sameBytes(transcriptHash, wanted.transcriptHash)) ?? wanted;
  }

  #store(peer: string, session: Session): void {
    const now = Date.now();
    this.#sessions.set(peer, withSession(this.with(peer), { session, createdAt: now, lastUsedAt: now }));
  }
}
