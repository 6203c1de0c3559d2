/**
 * Whose request it is, for limits only: the socket's other end or, when that is a configured proxy, the last address in
 * X-Forwarded-For that is none. Anything before that in the header is the client's own word. It is never logged.
 */
import type { IncomingMessage } from "node:http";
import { type BlockList, isIP, isIPv4 } from "node:net";
import { includesAddress } from "../configuration/address-list.ts";

/** Tells whose request it is: an IPv4 address, or the /64 network of an IPv6 one; "unknown" when the socket is gone. */
export interface ClientAddresses {
  of(request: IncomingMessage): string;
  /** Of a connection, whose requests may be those of many when it is a proxy's: then null. */
  ofPeer(remoteAddress: string | undefined): string | null;
}

/** `trustedProxies` are the proxies whose X-Forwarded-For is believed. */
export function createClientAddresses(trustedProxies: BlockList): ClientAddresses {
  const isProxy = (address: string) => includesAddress(trustedProxies, address);

  return {
    of(request) {
      const peer = plainAddress(request.socket.remoteAddress ?? "");
      if (peer === null) return "unknown";
      const client = isProxy(peer) ? forwardedFor(request, isProxy) : null;
      return networkOf(client ?? peer);
    },
    ofPeer(remoteAddress) {
      const peer = plainAddress(remoteAddress ?? "");
      if (peer === null) return "unknown";
      return isProxy(peer) ? null : networkOf(peer);
    },
  };
}

/** Null when the header is missing, malformed before a client is found, or names proxies only. */
function forwardedFor(request: IncomingMessage, isProxy: (address: string) => boolean): string | null {
  const header = request.headers["x-forwarded-for"];
  const entries = (typeof header === "string" ? header : "").split(",");
  for (const entry of entries.reverse()) {
    const address = plainAddress(entry.trim());
    if (address === null) return null;
    if (!isProxy(address)) return address;
  }
  return null;
}

/** An address in its one spelling, IPv4 also where it came mapped into IPv6; null when it is none. */
function plainAddress(text: string): string | null {
  const [unscoped = ""] = text.split("%");
  if (isIP(unscoped) === 0) return null;
  if (isIPv4(unscoped)) return unscoped;
  const groups = groupsOf(unscoped);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (!isMapped) return groups.map((group) => group.toString(16)).join(":");
  const [high = 0, low = 0] = groups.slice(6);
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}

/** The eight 16-bit groups of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  // Only the last part can be written as IPv4, and URL knows every spelling.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = "", tail] = canonical.split("::");
  const parse = (part: string) => (part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16)));
  const [first, last] = [parse(head), parse(tail ?? "")];
  return [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
}

/** Whoever has one address of a /64 has all of them. */
function networkOf(address: string): string {
  return isIPv4(address) ? address : `${address.split(":").slice(0, 4).join(":")}::/64`;
}
