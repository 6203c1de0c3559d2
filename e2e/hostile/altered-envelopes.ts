/** What a hostile relay can do to an envelope's body: every byte altered in turn, cut off, lengthened, of other versions. */
import { createHash } from "node:crypto";
import type { Bytes } from "../../relay/wire/bytes.ts";
import type { ReceivedEnvelope } from "../../relay/wire/mail.ts";
import { flipBit } from "./forged-bundles.ts";

/** Every byte up to here is altered: more than the version, type, initial header, ratchet header and nonce together. */
const EVERY_BYTE_BELOW = 260;
/** Every byte of the tag and some of the ciphertext. */
const EVERY_BYTE_OF_THE_LAST = 24;
/** In the ciphertext between them one in so many. */
const STRIDE = 32;

/**
 * The envelope altered in every region of its body, each time in one place. Each has an id of its own, which depends on
 * its body alone: it is the same however often it is delivered.
 */
export function alteredEnvelopes(honest: ReceivedEnvelope): readonly ReceivedEnvelope[] {
  const { body } = honest;
  const flips = [...body.keys()]
    .filter((at) => at < EVERY_BYTE_BELOW || at >= body.length - EVERY_BYTE_OF_THE_LAST || at % STRIDE === 0)
    .map((at) => flipBit(body, at * 8 + (at % 8)));
  const versions = [0, 2, 3, 255].map((version) => Uint8Array.of(version, ...body.subarray(1)));
  const lengths = [body.slice(0, 1), body.slice(0, body.length / 2), body.slice(0, -1), Uint8Array.of(...body, 0)];
  return [...flips, ...versions, ...lengths].map((altered) => withBody(honest, altered));
}

/** The same envelope with another body, under an id derived from it. */
function withBody(honest: ReceivedEnvelope, body: Bytes): ReceivedEnvelope {
  const id = Uint8Array.from(createHash("sha256").update(body).digest().subarray(0, 16));
  return { ...honest, id, body };
}

/** The same envelope under another id. */
export function withOtherId(honest: ReceivedEnvelope, salt: number): ReceivedEnvelope {
  const digest = createHash("sha256").update(honest.id).update(Uint8Array.of(salt)).digest();
  return { ...honest, id: Uint8Array.from(digest.subarray(0, 16)) };
}
