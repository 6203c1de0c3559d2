/**
 * Two people who both begin: every handshake, which session sends at each moment (web/engine/sessions.ts), and the
 * messages on all of them.
 */

import type { SessionRecord } from "../../web/engine/records.ts";
import { nextGeneration, withSession } from "../../web/engine/sessions.ts";
import { concat, utf8 } from "../../web/protocol/bytes.ts";
import { MAX_SKIP } from "../../web/protocol/double-ratchet.ts";
import { sha256 } from "../../web/protocol/kdf.ts";
import { decodeMessage, encodeMessagePrefix, type Message } from "../../web/protocol/message-format.ts";
import { acceptSession, decryptMessage, encryptMessage, type Session } from "../../web/protocol/session.ts";
import { suiteV2 } from "../../web/protocol/suite.ts";
import { fromHex, hex } from "../../web/protocol/testing/hex.ts";
import { noRandomBytes, scriptRandomBytes } from "../../web/protocol/testing/random.ts";
import { begin, type HandshakeInputs, people } from "./compute-x3dh.ts";

type Name = "alice" | "bob";

export interface PersonInputs {
  readonly username: string;
  readonly device: number;
  readonly identitySecretKey: string;
  readonly signedPrekeySecretKey: string;
  readonly oneTimePrekeySecretKey: string;
  readonly lastResortKemPrekeySeed: string;
  readonly oneTimeKemPrekeySeed: string;
}

export type CrossedStartsEvent =
  /** Begins a session with the other; `at` is the beginner's clock, Unix milliseconds. */
  | {
      readonly action: "begin";
      readonly by: Name;
      readonly at: number;
      /** Whether the bundle has one-time prekeys, of both kinds. */
      readonly withOneTimePrekeys: boolean;
      readonly ephemeralSecretKey: string;
      readonly encapsulationRandomness: string;
      readonly ratchetSecretKey: string;
    }
  /** Sends in the session that is then preferred. */
  | { readonly action: "send"; readonly by: Name; readonly text: string; readonly nonce: string }
  /** `message` counts the sends from 0; `ratchetSecretKey` is what a Diffie-Hellman step draws, null when there is none. */
  | {
      readonly action: "receive";
      readonly by: Name;
      readonly message: number;
      readonly ratchetSecretKey: string | null;
    };

type EventOf<Action extends CrossedStartsEvent["action"]> = Extract<CrossedStartsEvent, { readonly action: Action }>;

export interface CrossedStartsInputs {
  readonly people: Readonly<Record<Name, PersonInputs>>;
  readonly events: readonly CrossedStartsEvent[];
}

interface Sent {
  readonly message: Message;
  /** Of the session it was sent in, in hexadecimal. */
  readonly transcriptHash: string;
}

const NOW = 1_700_000_000_000;

function recordOf(session: Session): SessionRecord {
  return { session, createdAt: NOW, lastUsedAt: NOW };
}

/** The transcript hashes of the sessions, the one that sends first. */
function preferenceOf(sessions: readonly SessionRecord[]): readonly string[] {
  return sessions.map(({ session }) => hex(session.transcriptHash));
}

/** The inputs of a handshake with the other of two people. */
function handshakeInputs(
  everyone: CrossedStartsInputs["people"],
  event: EventOf<"begin">,
  generation: number,
): HandshakeInputs {
  const initiator = everyone[event.by];
  const responder = everyone[event.by === "alice" ? "bob" : "alice"];
  const { withOneTimePrekeys, ephemeralSecretKey, encapsulationRandomness } = event;
  return {
    initiator,
    responder: { ...responder, oneTimePrekeySecretKey: withOneTimePrekeys ? responder.oneTimePrekeySecretKey : null },
    ephemeralSecretKey,
    generation,
    kem: {
      lastResortPrekeySeed: responder.lastResortKemPrekeySeed,
      oneTimePrekeySeed: withOneTimePrekeys ? responder.oneTimeKemPrekeySeed : null,
      encapsulationRandomness,
    },
  };
}

/** Plays the events and returns the values of each. */
export async function computeCrossedStarts(inputs: CrossedStartsInputs) {
  const held: Record<Name, readonly SessionRecord[]> = { alice: [], bob: [] };
  const handshakes = new Map<string, HandshakeInputs>();
  const sent: Sent[] = [];

  async function playBegin(event: EventOf<"begin">) {
    const generation = nextGeneration(held[event.by], event.at);
    const handshake = handshakeInputs(inputs.people, event, generation);
    const begun = await begin(handshake, event.ratchetSecretKey);
    if (begun.session.phase !== "awaiting-first-reply") throw new Error("a begun session awaits its first reply");
    const transcriptHash = hex(begun.session.transcriptHash);
    handshakes.set(transcriptHash, handshake);
    held[event.by] = withSession(held[event.by], recordOf(begun.session));
    return {
      generation,
      sharedSecret: hex(begun.handshake.sharedSecret),
      associatedData: hex(begun.session.associatedData),
      initialHeader: hex(begun.session.initialHeader),
      transcriptHash,
      preference: preferenceOf(held[event.by]),
    };
  }

  async function playSend(event: EventOf<"send">) {
    const session = held[event.by][0]?.session;
    if (session === undefined) throw new Error("no session to send in");
    const nonce = scriptRandomBytes(fromHex(event.nonce));
    const { randomBytes } = nonce;
    const sealed = await encryptMessage({ suite: suiteV2, session, plaintext: utf8(event.text), randomBytes });
    nonce.requireSpent();
    held[event.by] = withSession(held[event.by], recordOf(sealed.session));
    const message = decodeMessage(sealed.message, suiteV2.version);
    const transcriptHash = hex(session.transcriptHash);
    sent.push({ message, transcriptHash });
    return {
      session: transcriptHash,
      type: message.initialHeader === null ? 2 : 1,
      header: hex(message.header),
      associatedDataSha256: hex(await sha256(concat(session.associatedData, encodeMessagePrefix(message)))),
      ciphertext: hex(message.ciphertext),
      messageSha256: hex(await sha256(sealed.message)),
    };
  }

  async function playReceive(event: EventOf<"receive">) {
    const arrived = sent[event.message];
    if (arrived === undefined) throw new Error("nothing was sent under this number");
    const { message, transcriptHash } = arrived;
    const random = event.ratchetSecretKey === null ? null : scriptRandomBytes(fromHex(event.ratchetSecretKey));
    const options = { suite: suiteV2, message, randomBytes: random?.randomBytes ?? noRandomBytes, now: NOW };
    const known = held[event.by].find(({ session }) => hex(session.transcriptHash) === transcriptHash);
    const opened =
      known === undefined
        ? await acceptSession({ ...options, ...responderOf(transcriptHash) })
        : await decryptMessage({ ...options, session: known.session, maxSkip: MAX_SKIP });
    random?.requireSpent();
    held[event.by] = withSession(held[event.by], recordOf(opened.session));
    return {
      session: transcriptHash,
      accepted: known === undefined,
      plaintext: hex(opened.plaintext),
      preference: preferenceOf(held[event.by]),
    };
  }

  /** The responder's part of the handshake that a first message names. */
  function responderOf(transcriptHash: string) {
    const handshake = handshakes.get(transcriptHash);
    if (handshake === undefined) throw new Error("a handshake that nobody began");
    const { initiator, responder, ...prekeys } = people(handshake);
    return { us: responder, sender: { username: initiator.username, device: initiator.device }, ...prekeys };
  }

  async function play(event: CrossedStartsEvent) {
    switch (event.action) {
      case "begin":
        return await playBegin(event);
      case "send":
        return await playSend(event);
      case "receive":
        return await playReceive(event);
    }
  }

  const outputs: Awaited<ReturnType<typeof play>>[] = [];
  for (const event of inputs.events) outputs.push(await play(event));
  return outputs;
}
