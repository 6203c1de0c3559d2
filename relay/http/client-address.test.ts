import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { parseAddressList } from "../configuration/address-list.ts";
import { createClientAddresses } from "./client-address.ts";

const PROXIES = "10.0.0.0/8, 192.0.2.1, fd00::/8";

function requestFrom(peer: string | undefined, forwardedFor?: string): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, "remoteAddress", { value: peer });
  const request = new IncomingMessage(socket);
  if (forwardedFor !== undefined) request.headers["x-forwarded-for"] = forwardedFor;
  return request;
}

function addressOf(peer: string | undefined, forwardedFor?: string, proxies = PROXIES): string {
  const trusted = parseAddressList(proxies);
  if (!trusted) throw new Error("no address list");
  return createClientAddresses(trusted).of(requestFrom(peer, forwardedFor));
}

describe("the address a request counts against", () => {
  it("is the socket's own, whatever the header says, unless that is a proxy's", () => {
    expect(addressOf("203.0.113.5")).toBe("203.0.113.5");
    expect(addressOf("203.0.113.5", "198.51.100.9")).toBe("203.0.113.5");
    expect(addressOf("192.0.2.2", "198.51.100.9")).toBe("192.0.2.2");
    expect(addressOf("127.0.0.1", "198.51.100.9")).toBe("127.0.0.1");
  });

  it("is what a proxy says", () => {
    expect(addressOf("192.0.2.1", "198.51.100.9")).toBe("198.51.100.9");
    expect(addressOf("10.255.255.255", "198.51.100.9")).toBe("198.51.100.9");
    expect(addressOf("fd12::1", "198.51.100.9")).toBe("198.51.100.9");
    expect(addressOf("::ffff:10.1.2.3", "198.51.100.9")).toBe("198.51.100.9");
  });

  it("is the last one before the proxies, so that nobody chooses it", () => {
    expect(addressOf("192.0.2.1", "8.8.8.8, 198.51.100.9")).toBe("198.51.100.9");
    expect(addressOf("192.0.2.1", "8.8.8.8, 198.51.100.9 , 10.1.1.1,fd00::7")).toBe("198.51.100.9");
    expect(addressOf("192.0.2.1", "nonsense, 198.51.100.9, 10.1.1.1")).toBe("198.51.100.9");
  });

  it("is the proxy's own where the header names nobody", () => {
    const headers = ["", ",", "nonsense", "198.51.100.9, nonsense", "198.51.100.9,", "198.51.100.9:80", "10.1.1.1"];
    for (const header of headers) expect(addressOf("192.0.2.1", header), header).toBe("192.0.2.1");
    expect(addressOf("192.0.2.1")).toBe("192.0.2.1");
  });

  it("is a whole /64 of IPv6, in any spelling", () => {
    const network = "2001:db8:0:1::/64";
    expect(addressOf("2001:db8:0:1::1")).toBe(network);
    expect(addressOf("2001:0DB8::1:ffff:0:0:1")).toBe(network);
    expect(addressOf("192.0.2.1", "2001:db8:0:1:2:3:4:5")).toBe(network);
    expect(addressOf("2001:db8:0:2::1")).not.toBe(network);
    expect(addressOf("fe80::1%eth0")).toBe("fe80:0:0:0::/64");
    expect(addressOf("::1")).toBe("0:0:0:0::/64");
  });

  it("is the IPv4 one where that came as IPv6", () => {
    expect(addressOf("::ffff:203.0.113.5")).toBe("203.0.113.5");
    expect(addressOf("::FFFF:cb00:7105")).toBe("203.0.113.5");
    expect(addressOf("192.0.2.1", "::ffff:203.0.113.5")).toBe("203.0.113.5");
    expect(addressOf("::fffe:203.0.113.5")).toBe("0:0:0:0::/64");
  });

  it("is the same unknown one for all whose socket has none", () => {
    expect(addressOf(undefined, "198.51.100.9")).toBe("unknown");
  });
});

describe("the address a connection counts against", () => {
  it("is its own, and none for a proxy, which speaks for many", () => {
    const trusted = parseAddressList(PROXIES);
    if (!trusted) throw new Error("no address list");
    const addresses = createClientAddresses(trusted);
    expect(addresses.ofPeer("203.0.113.5")).toBe("203.0.113.5");
    expect(addresses.ofPeer("::ffff:10.1.2.3")).toBeNull();
    expect(addresses.ofPeer(undefined)).toBe("unknown");
  });
});
