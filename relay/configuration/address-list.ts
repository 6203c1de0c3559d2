/** Lists of network addresses, as an operator writes them: `127.0.0.1, 10.0.0.0/8, fd00::/8`. */
import { BlockList, isIP } from "node:net";

/** The longest prefix of each family, in bits. */
const PREFIX_BITS = { ipv4: 32, ipv6: 128 } as const;

/** Addresses and CIDR networks, separated by commas; null when one of them is neither. */
export function parseAddressList(text: string): BlockList | null {
  const list = new BlockList();
  for (const entry of text.split(",").map((part) => part.trim())) {
    const [, address = "", prefix] = /^([^/%]+)(?:\/([0-9]{1,3}))?$/.exec(entry) ?? [];
    const family = familyOf(address);
    if (family === null) return null;
    const bits = prefix === undefined ? PREFIX_BITS[family] : Number(prefix);
    if (bits > PREFIX_BITS[family]) return null;
    list.addSubnet(address, bits, family);
  }
  return list;
}

/** Whether the list holds an address; an IPv4 address may be written as IPv6 (`::ffff:192.0.2.1`). */
export function includesAddress(list: BlockList, address: string): boolean {
  const family = familyOf(address);
  return family !== null && list.check(address, family);
}

function familyOf(address: string): "ipv4" | "ipv6" | null {
  const version = isIP(address);
  return version === 0 ? null : version === 4 ? "ipv4" : "ipv6";
}
