/** Encrypting content to a peer: the advanced session, the envelope for the outbox and the memory of what was in it. */
import { toBase64url } from "../../relay/wire/bytes.ts";
import { ENVELOPE_ID_BYTES } from "../../relay/wire/mail.ts";
import { encryptMessage } from "../protocol/session.ts";
import { suiteOfVersion } from "../protocol/suite.ts";
import type { AccountState } from "./account-state.ts";
import { encodeContent, type OutgoingContent } from "./content.ts";
import { envelopeDigest } from "./envelope-digest.ts";
import type { Change } from "./ports.ts";
import type { SentContent } from "./records.ts";
import { sendingSession, withSession } from "./sessions.ts";

export interface ContentToSeal {
  readonly content: OutgoingContent;
  /** The message whose status the outbox raises; null for what is no message. */
  readonly sequence: number | null;
  /** The outbox entry whose place it takes; null for a place at the end. */
  readonly outboxNumber: number | null;
  /** How often a change to a message was sent again before this; by default never. */
  readonly resends?: number;
}

/**
 * Encrypts contents to a peer, in order, with the session that sends. The changes must be committed together, and with
 * whatever else belongs to them. null when there is no such session. Throws ProtocolError `content-too-long`.
 */
export async function sealContents(
  state: AccountState,
  peer: string,
  contents: readonly ContentToSeal[],
): Promise<readonly Change[] | null> {
  const { account, ports } = state;
  const known = await state.store.read("peers", [peer]);
  const current = sendingSession(known);
  if (known === null || current === null) return null;
  const at = ports.clock.now();
  const changes: Change[] = [];
  let { session } = current;
  const inSession = { version: session.version, transcriptHash: session.transcriptHash };
  for (const { content, sequence, outboxNumber, resends = 0 } of contents) {
    const plaintext = encodeContent(content);
    const suite = suiteOfVersion(session.version);
    const sealed = await encryptMessage({ suite, session, plaintext, randomBytes: ports.randomBytes });
    session = sealed.session;
    const toDevice = known.device;
    const body = sealed.message;
    const digest = await envelopeDigest({ from: account.username, fromDevice: account.device, toDevice, body });
    const envelopeId = ports.randomBytes(ENVELOPE_ID_BYTES);
    const name = toBase64url(envelopeId);
    const kept = sentContentOf(content, resends);
    const sent = {
      digest,
      peer,
      envelopeId: name,
      identityKey: known.identityKey,
      session: inSession,
      content: kept,
      at,
    };
    changes.push(
      {
        store: "outbox",
        id: [outboxNumber ?? state.takeOutboxNumber()],
        value: { kind: "sealed", peer, toDevice, envelopeId, body, sequence },
      },
      { store: "sentEnvelopes", id: [digest], value: sent },
      { store: "sentEnvelopeIds", id: [name], value: { digest } },
    );
  }
  const sessions = withSession(known.sessions, { ...current, session, lastUsedAt: at });
  return [{ store: "peers", id: [peer], value: { ...known, sessions } }, ...changes];
}

function sentContentOf(content: OutgoingContent, resends: number): SentContent {
  switch (content.kind) {
    case "text":
      return { kind: "message", contentId: content.id };
    case "receipt":
      return { kind: "receipt", delivered: content.delivered, read: content.read };
    case "resend-request":
    case "resend-answer":
      return { kind: "recovery" };
    default:
      return { kind: "change", content, resends };
  }
}
