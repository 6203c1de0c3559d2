/** What a hostile relay can do to an envelope's body: every byte altered in turn, cut off, lengthened, of other versions. */
import { createHash } from "node:crypto";
import type { Bytes } from "../../relay/wire/bytes.ts";
import type { ReceivedEnvelope } from "../../relay/wire/mail.ts";
import { flipBit } from "./forging.ts";

/** The version, the type, the keys and the prekey ids; what follows in a first message is the KEM ciphertext. */
const HEAD_BYTES = 130;
/** The generation, the ratchet header, the ciphertext of a short message and its tag. */
const TAIL_BYTES = 340;
/** At both ends one byte in so many is altered, and between them one in so many more. */
const STRIDE = 4;
const STRIDE_BETWEEN = 64;

/**
 * The envelope altered in every region of its body, each time in one place. Each has an id of its own, which depends on
 * its body alone: it is the same however often it is delivered. (That no byte at all can be altered is for the tests of
 * web/protocol to show, which need no relay.)
 */
export function alteredEnvelopes(honest: ReceivedEnvelope): readonly ReceivedEnvelope[] {
  const { body } = honest;
  const isAtEnd = (at: number) => at < HEAD_BYTES || at >= body.length - TAIL_BYTES;
  const flips = [...body.keys()]
    .filter((at) => at % (isAtEnd(at) ? STRIDE : STRIDE_BETWEEN) === 0)
    .map((at) => flipBit(body, at * 8 + ((at / STRIDE) % 8)));
  const versions = [0, 1, 3, 255].map((version) => Uint8Array.of(version, ...body.subarray(1)));
  const lengths = [body.slice(0, 1), body.slice(0, body.length / 2), body.slice(0, -1), Uint8Array.of(...body, 0)];
  return [...flips, ...versions, ...lengths].map((altered) => withBody(honest, altered));
}

/** The same envelope with another body, under an id derived from it. */
export function withBody(honest: ReceivedEnvelope, body: Bytes): ReceivedEnvelope {
  const id = Uint8Array.from(createHash("sha256").update(body).digest().subarray(0, 16));
  return { ...honest, id, body };
}

/** The same envelope under another id. */
export function withOtherId(honest: ReceivedEnvelope, salt: number): ReceivedEnvelope {
  const digest = createHash("sha256").update(honest.id).update(Uint8Array.of(salt)).digest();
  return { ...honest, id: Uint8Array.from(digest.subarray(0, 16)) };
}
