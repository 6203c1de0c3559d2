/**
 * The name of an envelope by what it is: who it says it is from, for which device, and what is in it.
 *
 *   digest = SHA-256(lp(from) || uint32(from device) || uint32(to device) || body)
 *
 * The sender is part of it: were it not, a relay could show an envelope under a wrong name first and have the honest
 * one taken for its repeat. Both sides compute it, so that one can ask the other for what it could not open.
 */
import { toBase64url } from "../../relay/wire/bytes.ts";
import type { ReceivedEnvelope } from "../../relay/wire/mail.ts";
import { concat, lengthPrefixed, uint32, utf8 } from "../protocol/bytes.ts";
import { sha256 } from "../protocol/kdf.ts";

/** The digest in base64url, 43 characters. */
export async function envelopeDigest(
  envelope: Pick<ReceivedEnvelope, "from" | "fromDevice" | "toDevice" | "body">,
): Promise<string> {
  const { from, fromDevice, toDevice, body } = envelope;
  return toBase64url(await sha256(concat(lengthPrefixed(utf8(from)), uint32(fromDevice), uint32(toDevice), body)));
}
