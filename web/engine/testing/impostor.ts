/** Another identity under someone's name, as a hostile relay shows it: in mail it pushes and in bundles it hands out. */
import { freshEnvelope, TestClient } from "../../../relay/testing/test-client.ts";
import { toBase64url } from "../../../relay/wire/bytes.ts";
import type { Bundle, IdentityChange } from "../../../relay/wire/keys.ts";
import type { ReceivedEnvelope } from "../../../relay/wire/mail.ts";
import type { KemKeyPair } from "../../protocol/kem.ts";
import { generateIdentityKeyPair, generateX25519KeyPair, type X25519KeyPair } from "../../protocol/keys.ts";
import { beginSession, encryptMessage, type Session } from "../../protocol/session.ts";
import { currentSuite } from "../../protocol/suite.ts";
import { kemKeyPair } from "../../protocol/testing/kem-keys.ts";
import type { OurParty } from "../../protocol/x3dh.ts";
import { DEVICE } from "../account.ts";
import { CONTENT_ID_BYTES, conversationId, encodeContent } from "../content.ts";
import { dayOf } from "../days.ts";
import type { PeerClient, Said } from "./peer-client.ts";
import { randomBytes } from "./person.ts";

export class Impostor {
  /** Holds the identity; nothing of it is published. */
  readonly keys: TestClient;
  readonly us: OurParty;
  readonly #helper: PeerClient;
  readonly #signedPrekey: X25519KeyPair = generateX25519KeyPair(randomBytes);
  readonly #lastResortKemPrekey: KemKeyPair = kemKeyPair(randomBytes);
  readonly #sessions = new Map<string, Session>();

  /** `helper` is a member of the relay, who fetches keys. */
  constructor(username: string, helper: PeerClient) {
    this.keys = new TestClient({ origin: helper.relay.origin, username });
    this.us = { username, device: DEVICE, identity: generateIdentityKeyPair(() => this.keys.identitySecretKey) };
    this.#helper = helper;
  }

  /** A content sealed to someone, in one session for all, as the relay would push it. */
  async say(peer: string, said: Said, id = toBase64url(randomBytes(CONTENT_ID_BYTES))): Promise<ReceivedEnvelope> {
    const conversation = await conversationId(this.us.username, peer);
    const session = this.#sessions.get(peer) ?? (await this.#begin(peer));
    const plaintext = encodeContent({ ...said, conversation, id });
    const sealed = await encryptMessage({ suite: currentSuite, session, plaintext, randomBytes });
    this.#sessions.set(peer, sealed.session);
    const { username: from, device: fromDevice } = this.us;
    return { ...freshEnvelope(sealed.message), from, fromDevice, receivedAt: 0 };
  }

  async write(peer: string, text: string, id?: string): Promise<ReceivedEnvelope> {
    return await this.say(peer, { kind: "text", text, sentAt: 0 }, id);
  }

  /** What a hostile relay hands out for the name. */
  bundle(identityChange: IdentityChange | null = null): Bundle {
    const manifest = this.keys.makeManifest({
      signedPrekey: this.#signedPrekey.publicKey,
      signedPrekeyDay: dayOf(Date.now()),
      lastResortKemPrekey: this.#lastResortKemPrekey.publicKey,
    });
    const signature = this.keys.signManifest(manifest);
    const device = { manifest: manifest.statement, signature, oneTimePrekey: null, oneTimeKemPrekey: null };
    return { devices: [device], identityChange };
  }

  async #begin(peer: string): Promise<Session> {
    const bundle = await this.#helper.fetchKeys(peer);
    const generation = Math.floor(Date.now() / 1000);
    const { session } = await beginSession({ suite: currentSuite, us: this.us, bundle, generation, randomBytes });
    return session;
  }
}
