/** Which relay a page uses, as its `<meta name="sotto-relay">` says: its own origin when that is empty, or not there. */

/** An https origin, or an http one of this machine. */
const RELAY = /^(https:\/\/[\w.:[\]-]+|http:\/\/(localhost|127\.0\.0\.1|\[::1])(:\d+)?)$/;

/** The relay's origin, e.g. `https://chat.example`; null for the page's own. Throws TypeError when the text is none. */
export function parseRelayAddress(text: string | undefined): string | null {
  if (!text) return null;
  if (RELAY.test(text)) return text;
  throw new TypeError("sotto-relay");
}
