/** A whole conversation with every intermediate value: X3DH or PQXDH, then the Double Ratchet, in both roles. */
import { type Bytes, concat, utf8 } from "../../web/protocol/bytes.ts";
import { type Chain, MAX_SKIP, type Ratchet, responderRatchet } from "../../web/protocol/double-ratchet.ts";
import { deriveMessageKey, deriveNextChainKey, deriveRootKey, hkdf } from "../../web/protocol/kdf.ts";
import { diffieHellman } from "../../web/protocol/keys.ts";
import { decodeMessage, encodeMessagePrefix, type Message } from "../../web/protocol/message-format.ts";
import { pad } from "../../web/protocol/padding.ts";
import { ProtocolError } from "../../web/protocol/protocol-error.ts";
import { acceptSession, decryptMessage, encryptMessage, type Session } from "../../web/protocol/session.ts";
import type { Suite } from "../../web/protocol/suite.ts";
import { fromHex, hex } from "../../web/protocol/testing/hex.ts";
import { noRandomBytes, scriptRandomBytes } from "../../web/protocol/testing/random.ts";
import { begin, type HandshakeInputs, people, suiteOf } from "./compute-x3dh.ts";

type Role = "initiator" | "responder";

export type ConversationEvent =
  | {
      readonly action: "send";
      readonly by: Role;
      readonly text: string;
      /** Whether the text is padded, as content is; else it is encrypted as it stands, which keeps the values short. */
      readonly padded?: boolean;
      readonly nonce: string;
    }
  /** `message` counts the sends from 0; `ratchetSecretKey` is what a Diffie-Hellman step draws, null when there is none. */
  | {
      readonly action: "receive";
      readonly by: Role;
      readonly message: number;
      readonly ratchetSecretKey: string | null;
    }
  /** A receipt that must be refused, drawing what it needs from `ratchetSecretKey`. */
  | {
      readonly action: "refuse";
      readonly by: Role;
      readonly message: number;
      readonly ratchetSecretKey: string | null;
    };

export interface ConversationInputs {
  readonly handshake: HandshakeInputs;
  readonly initiatorRatchetSecretKey: string;
  readonly events: readonly ConversationEvent[];
}

const NOW = 1_700_000_000_000;

function chainValues(chain: Chain | null) {
  return chain === null ? null : { chainKey: hex(chain.chainKey), nextMessageNumber: chain.nextMessageNumber };
}

/** The whole state of a ratchet (Double Ratchet §3.2). */
function stateValues(ratchet: Ratchet) {
  return {
    rootKey: hex(ratchet.rootKey),
    ourRatchetKey: hex(ratchet.ourRatchetKeyPair.publicKey),
    theirRatchetKey: ratchet.theirRatchetKey === null ? null : hex(ratchet.theirRatchetKey),
    sendingChain: chainValues(ratchet.sendingChain),
    receivingChain: chainValues(ratchet.receivingChain),
    previousChainLength: ratchet.previousChainLength,
    skippedMessageKeys: ratchet.skippedMessageKeys.map(({ ratchetKey, messageNumber, messageKey }) => ({
      ratchetKey: hex(ratchetKey),
      messageNumber,
      messageKey: hex(messageKey),
    })),
  };
}

async function sendValues(suite: Suite, session: Session, bytes: Bytes) {
  const message = decodeMessage(bytes, suite.version);
  const chain = session.ratchet.sendingChain;
  if (chain === null) throw new Error("the sender has no sending chain");
  const messageKey = await deriveMessageKey(chain.chainKey);
  const options = { salt: new Uint8Array(32), inputKeyMaterial: messageKey, info: suite.messageKeyInfo, length: 32 };
  return {
    previousChainLength: session.ratchet.previousChainLength,
    messageNumber: chain.nextMessageNumber,
    chainKey: hex(chain.chainKey),
    messageKey: hex(messageKey),
    nextChainKey: hex(await deriveNextChainKey(chain.chainKey)),
    aeadKey: hex(await hkdf(options)),
    header: hex(message.header),
    associatedData: hex(concat(session.associatedData, encodeMessagePrefix(message))),
    ciphertext: hex(message.ciphertext),
    message: hex(bytes),
  };
}

/** The Diffie-Hellman step that a message caused (Double Ratchet §3.5), or null when it caused none. */
async function stepValues({ rootKeyInfo }: Suite, before: Ratchet, after: Ratchet) {
  const { theirRatchetKey } = after;
  if (theirRatchetKey === null || after.ourRatchetKeyPair === before.ourRatchetKeyPair) return null;
  const receivingResult = diffieHellman(before.ourRatchetKeyPair.secretKey, theirRatchetKey);
  const receiving = await deriveRootKey(before.rootKey, receivingResult, rootKeyInfo);
  const sendingResult = diffieHellman(after.ourRatchetKeyPair.secretKey, theirRatchetKey);
  const sending = await deriveRootKey(receiving.rootKey, sendingResult, rootKeyInfo);
  return {
    receivingDh: hex(receivingResult),
    receivingRootKey: hex(receiving.rootKey),
    receivingChainKey: hex(receiving.chainKey),
    sendingDh: hex(sendingResult),
    sendingRootKey: hex(sending.rootKey),
    sendingChainKey: hex(sending.chainKey),
  };
}

/** Plays the conversation and returns the first state of both sides and the values of every event. */
export async function computeConversation(inputs: ConversationInputs) {
  const { initiator, responder, signedPrekey, oneTimePrekey, kemPrekey } = people(inputs.handshake);
  const suite = suiteOf(inputs.handshake);
  const begun = await begin(inputs.handshake, inputs.initiatorRatchetSecretKey);
  const sessions: { initiator: Session; responder: Session | null } = { initiator: begun.session, responder: null };
  const sent: Message[] = [];

  async function open(by: Role, message: Message, ratchetSecretKey: string | null) {
    const random = ratchetSecretKey === null ? null : scriptRandomBytes(fromHex(ratchetSecretKey));
    const options = { suite, message, randomBytes: random?.randomBytes ?? noRandomBytes, now: NOW };
    const session = sessions[by];
    const sender = { username: initiator.username, device: initiator.device };
    const opened =
      session === null
        ? await acceptSession({ ...options, us: responder, sender, signedPrekey, oneTimePrekey, kemPrekey })
        : await decryptMessage({ ...options, session, maxSkip: MAX_SKIP });
    random?.requireSpent();
    return opened;
  }

  async function play(event: ConversationEvent) {
    if (event.action === "send") {
      const session = sessions[event.by];
      if (session === null) throw new Error("nobody to send as");
      const nonce = scriptRandomBytes(fromHex(event.nonce));
      const plaintext = event.padded === true ? pad(utf8(event.text)) : utf8(event.text);
      const sealed = await encryptMessage({ suite, session, plaintext, randomBytes: nonce.randomBytes });
      nonce.requireSpent();
      sessions[event.by] = sealed.session;
      sent.push(decodeMessage(sealed.message, suite.version));
      return { plaintext: hex(plaintext), ...(await sendValues(suite, session, sealed.message)) };
    }
    const message = sent[event.message];
    if (message === undefined) throw new Error("nothing was sent under this number");
    if (event.action === "refuse") {
      const error: unknown = await open(event.by, message, event.ratchetSecretKey).catch((reason: unknown) => reason);
      if (!(error instanceof ProtocolError)) throw new Error("the message was not refused");
      return { refusal: error.code };
    }
    const before = sessions[event.by]?.ratchet ?? responderRatchet(begun.handshake.sharedSecret, signedPrekey);
    const opened = await open(event.by, message, event.ratchetSecretKey);
    sessions[event.by] = opened.session;
    return {
      plaintext: hex(opened.plaintext),
      step: await stepValues(suite, before, opened.session.ratchet),
      state: stateValues(opened.session.ratchet),
    };
  }

  const start = {
    sharedSecret: hex(begun.handshake.sharedSecret),
    associatedData: hex(begun.session.associatedData),
    initiator: stateValues(begun.session.ratchet),
    responder: stateValues(responderRatchet(begun.handshake.sharedSecret, signedPrekey)),
  };
  const outputs: Awaited<ReturnType<typeof play>>[] = [];
  for (const event of inputs.events) outputs.push(await play(event));
  return { start, outputs };
}
