import { describe, expect, it } from "vitest";
import { includesAddress, parseAddressList } from "./address-list.ts";

function list(text: string) {
  const parsed = parseAddressList(text);
  if (!parsed) throw new Error(`no list: ${text}`);
  return parsed;
}

describe("a list of addresses", () => {
  it("holds its addresses and no others", () => {
    const few = list("192.0.2.1, 2001:db8::1");
    for (const address of ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "2001:DB8:0::1"]) {
      expect(includesAddress(few, address), address).toBe(true);
    }
    for (const address of ["192.0.2.2", "::ffff:192.0.2.2", "2001:db8::2", "", "unknown", "192.0.2.1/32"]) {
      expect(includesAddress(few, address), address).toBe(false);
    }
  });

  it("holds its networks up to their edges", () => {
    const networks = list("10.1.0.0/16,fd00:1::/32");
    for (const address of ["10.1.0.0", "10.1.255.255", "fd00:1::", "fd00:1:ffff::1"]) {
      expect(includesAddress(networks, address), address).toBe(true);
    }
    for (const address of ["10.0.255.255", "10.2.0.0", "fd00:0:ffff::1", "fd00:2::"]) {
      expect(includesAddress(networks, address), address).toBe(false);
    }
  });

  it("may hold everything", () => {
    expect(includesAddress(list("0.0.0.0/0"), "203.0.113.9")).toBe(true);
    expect(includesAddress(list("0.0.0.0/0"), "2001:db8::1")).toBe(false);
  });

  it.each(["", ",", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0", "localhost", "10.0.0.1 10.0.0.2", "fe80::1%eth0"])(
    "is none when it reads %j",
    (text) => {
      expect(parseAddressList(text)).toBeNull();
    },
  );
});
