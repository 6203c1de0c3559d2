/**
 * Someone who talks with engines from a program of their own, over web/protocol and a real relay: honest unless a test
 * has it say, seal or publish something else. It publishes no one-time prekeys, so that what others begin with it takes
 * the signed prekey and the last-resort KEM prekey.
 */

import { freshEnvelope, TestClient, type TestPublication } from "../../../relay/testing/test-client.ts";
import type { TestLiveSocket } from "../../../relay/testing/test-live-socket.ts";
import { toBase64url } from "../../../relay/wire/bytes.ts";
import { kemPrekeyStatement } from "../../../relay/wire/key-statements.ts";
import type { ReceivedEnvelope } from "../../../relay/wire/mail.ts";
import { type Manifest, type ManifestFields, parseManifest } from "../../../relay/wire/manifest.ts";
import type { Bytes } from "../../protocol/bytes.ts";
import { sha256 } from "../../protocol/kdf.ts";
import type { KemKeyPair } from "../../protocol/kem.ts";
import {
  generateIdentityKeyPair,
  generateX25519KeyPair,
  type RandomBytes,
  type X25519KeyPair,
} from "../../protocol/keys.ts";
import { decodeMessage } from "../../protocol/message-format.ts";
import { type VerifiedPrekeyBundle, verifyPrekeyBundle } from "../../protocol/prekey-bundle.ts";
import type { Session } from "../../protocol/session.ts";
import { currentSuite } from "../../protocol/suite.ts";
import { kemKeyPair } from "../../protocol/testing/kem-keys.ts";
import type { OurParty } from "../../protocol/x3dh.ts";
import { DEVICE } from "../account.ts";
import {
  conversationId,
  decodeContent,
  encodeContent,
  type IncomingContent,
  type OutgoingContent,
} from "../content.ts";
import { dayOf } from "../days.ts";
import { envelopeDigest } from "../envelope-digest.ts";
import type { SessionRecord } from "../records.ts";
import { PeerSessions } from "./peer-sessions.ts";

const randomBytes: RandomBytes = (length) => crypto.getRandomValues(new Uint8Array(length));

const NO_ONE_TIME_PREKEYS = { oneTimePrekey: null, oneTimeKemPrekey: null };

/** A content without what every content has. */
export type Said = OutgoingContent extends infer Content
  ? Content extends OutgoingContent
    ? Omit<Content, "conversation" | "id">
    : never
  : never;

/** What left for someone. */
export interface Sent {
  readonly id: string;
  /** The digest by which its receiver asks for it again. */
  readonly digest: string;
  readonly body: Bytes;
}

/** What came in. */
export interface Heard {
  readonly from: string;
  readonly content: IncomingContent;
  readonly envelope: ReceivedEnvelope;
  readonly digest: string;
}

export class PeerClient {
  readonly username: string;
  /** Makes and signs requests; its identity is ours. */
  readonly relay: TestClient;
  readonly us: OurParty;
  readonly signedPrekey: X25519KeyPair = generateX25519KeyPair(randomBytes);
  readonly lastResortKemPrekey: KemKeyPair = kemKeyPair(randomBytes);
  /** Everything that `hear` opened, oldest first. */
  readonly heard: Heard[] = [];
  readonly #sessions: PeerSessions;
  #live: TestLiveSocket | null = null;
  #published: Manifest | null = null;

  private constructor(origin: string, username: string, clock: () => number) {
    this.username = username;
    this.relay = new TestClient({ origin, username, clock });
    const identity = generateIdentityKeyPair(() => this.relay.identitySecretKey);
    this.us = { username, device: DEVICE, identity };
    this.#sessions = new PeerSessions(this);
  }

  /** Publishes the keys and connects. `clock` is the relay's, in Unix milliseconds. */
  static async join(options: {
    readonly origin: string;
    readonly username: string;
    readonly clock: () => number;
    readonly manifest?: Partial<ManifestFields>;
    readonly publication?: TestPublication;
  }): Promise<PeerClient> {
    const peer = new PeerClient(options.origin, options.username, options.clock);
    await peer.publish(options.manifest, options.publication);
    peer.#live = await peer.relay.openLive().authenticate();
    return peer;
  }

  /** Publishes a manifest that follows the one before, with these fields instead of its own. */
  async publish(fields: Partial<ManifestFields> = {}, publication: TestPublication = {}): Promise<void> {
    const before = this.#published;
    const manifest = this.relay.makeManifest({
      signedPrekey: this.signedPrekey.publicKey,
      signedPrekeyDay: dayOf(Date.now()),
      lastResortKemPrekey: this.lastResortKemPrekey.publicKey,
      ...(before === null ? {} : { sequence: before.sequence + 1, previousHash: await sha256(before.statement) }),
      ...fields,
    });
    const { status, text } = await this.relay.publish({ ...publication, manifest });
    if (status !== 200) throw new Error(`publish_keys answered ${status} ${text}`);
    this.#published = manifest;
  }

  /** Fetches and checks someone's keys; the one-time ones are left aside if so asked. */
  async fetchKeys(peer: string, { withOneTimePrekeys = true } = {}): Promise<VerifiedPrekeyBundle> {
    const [device] = (await this.relay.fetchBundle(peer)).devices;
    const manifest = device && parseManifest(device.manifest);
    if (device === undefined || !manifest) throw new Error("the bundle has no device");
    const { signature, oneTimePrekey, oneTimeKemPrekey } = device;
    const kem = oneTimeKemPrekey && {
      ...oneTimeKemPrekey,
      statement: kemPrekeyStatement({ username: peer, device: DEVICE, publicKey: oneTimeKemPrekey.publicKey }),
    };
    const oneTime = withOneTimePrekeys ? { oneTimePrekey, oneTimeKemPrekey: kem } : NO_ONE_TIME_PREKEYS;
    return verifyPrekeyBundle({
      bundle: { manifest, signature, ...oneTime },
      username: peer,
      device: DEVICE,
      suite: currentSuite,
      ourIdentityKey: this.us.identity.publicKey,
      today: dayOf(Date.now()),
    });
  }

  /** Begins a session, by default with keys that are fetched for it and a generation above all others. */
  async begin(
    peer: string,
    begun: { readonly generation?: number; readonly bundle?: VerifiedPrekeyBundle } = {},
  ): Promise<Session> {
    return await this.#sessions.begin(begun.bundle ?? (await this.fetchKeys(peer)), begun.generation);
  }

  /** The sessions with someone, the one that sends first. */
  sessionsWith(peer: string): readonly SessionRecord[] {
    return this.#sessions.with(peer);
  }

  /** Says a content in the session that sends, which is begun if there is none. */
  async say(peer: string, said: Said, id = toBase64url(randomBytes(16))): Promise<Sent> {
    const conversation = await conversationId(this.username, peer);
    return await this.sayBytes(peer, encodeContent({ ...said, conversation, id }), id);
  }

  async write(peer: string, text: string, id?: string): Promise<Sent> {
    return await this.say(peer, { kind: "text", text, sentAt: Date.now() }, id);
  }

  /** Says a plaintext as it stands. */
  async sayBytes(peer: string, plaintext: Bytes, id = ""): Promise<Sent> {
    const body = await this.seal(peer, plaintext);
    await this.deliver(peer, body);
    return { id, body, digest: await this.digestOf(body) };
  }

  /** Seals a plaintext without sending it, in the session that sends or in another, as it is by now. */
  async seal(peer: string, plaintext: Bytes, within?: Session): Promise<Bytes> {
    return await this.#sessions.seal(peer, plaintext, within ?? (await this.#sending(peer)));
  }

  /** Goes on in a sending chain as if so many messages had been sealed, which nobody will see. */
  async skip(peer: string, count: number, within?: Session): Promise<void> {
    await this.#sessions.skip(peer, count, within ?? (await this.#sending(peer)));
  }

  async #sending(peer: string): Promise<Session> {
    return this.sessionsWith(peer)[0]?.session ?? (await this.begin(peer));
  }

  /** Sends bodies in envelopes of their own. */
  async deliver(peer: string, ...bodies: readonly Bytes[]): Promise<void> {
    const { status, text } = await this.relay.send(peer, bodies.map(freshEnvelope));
    if (status !== 200) throw new Error(`send answered ${status} ${text}`);
  }

  async digestOf(body: Bytes): Promise<string> {
    return await envelopeDigest({ from: this.username, fromDevice: DEVICE, toDevice: DEVICE, body });
  }

  /** The next mail that comes in live, opened. */
  async hear(): Promise<Heard> {
    if (this.#live === null) throw new Error("not connected");
    const { envelope } = await this.#live.nextOf("mail");
    const { from } = envelope;
    const plaintext = await this.#sessions.open(from, decodeMessage(envelope.body, currentSuite.version));
    const content = decodeContent(plaintext, await conversationId(this.username, from));
    const heard = { from, content, envelope, digest: await envelopeDigest(envelope) };
    this.heard.push(heard);
    return heard;
  }

  /** The next content of this kind; others on the way are only kept in `heard`. */
  async hearKind<Kind extends IncomingContent["kind"]>(
    kind: Kind,
  ): Promise<Heard & { readonly content: Extract<IncomingContent, { readonly kind: Kind }> }> {
    for (;;) {
      const heard = await this.hear();
      const { content } = heard;
      if (isOf(content, kind)) return { ...heard, content };
    }
  }
}

function isOf<Kind extends IncomingContent["kind"]>(
  content: IncomingContent,
  kind: Kind,
): content is Extract<IncomingContent, { readonly kind: Kind }> {
  return content.kind === kind;
}
