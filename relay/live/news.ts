/**
 * News on its way between processes: one payload of a notification holds news for many devices. A device is named by a
 * digest, so that no username stands in PostgreSQL's queue or log.
 *
 *     payload = sender *( " " item )
 *     item    = device kind [ number ]     device: 22 letters; kind: "m" (mail), "p" (prekeys), "d" (deleted)
 */

import { sha256 } from "../store/sha256.ts";
import { toBase64url, utf8 } from "../wire/bytes.ts";
import { formatKeyId } from "../wire/request-signature.ts";
import type { LiveDevice, LiveEvent } from "./hub.ts";

/** PostgreSQL refuses payloads of 8,000 bytes (https://www.postgresql.org/docs/current/sql-notify.html). */
const MAX_PAYLOAD_BYTES = 7999;
const DEVICE_BYTES = 16;
const ITEM = /^([A-Za-z0-9_-]{22})(?:(m)|(d)|p([0-9]{1,9}))$/;

export interface News {
  /** From `newsName`. */
  readonly device: string;
  readonly event: LiveEvent;
}

/** A device and the key that is its own, in 22 letters. */
export function newsName(device: LiveDevice): string {
  const name = `${formatKeyId(device)} ${toBase64url(device.deviceKey)}`;
  return toBase64url(sha256(utf8(name)).slice(0, DEVICE_BYTES));
}

export function formatItem({ device, event }: News): string {
  switch (event.kind) {
    case "mail":
      return `${device}m`;
    case "prekeys":
      return `${device}p${event.remaining}`;
    case "deleted":
      return `${device}d`;
  }
}

/** As many of the items, in order, as one payload holds. */
export function formatPayload(sender: string, items: readonly string[]): { readonly payload: string; count: number } {
  let payload = sender;
  let count = 0;
  for (const item of items) {
    // Everything in it is ASCII: a letter is a byte.
    if (payload.length + 1 + item.length > MAX_PAYLOAD_BYTES) break;
    payload += ` ${item}`;
    count += 1;
  }
  return { payload, count };
}

/** Who sent a payload, and its news; passes over what a later version may have put there. */
export function parsePayload(payload: string): { readonly sender: string; readonly news: readonly News[] } {
  const [sender = "", ...items] = payload.split(" ");
  return { sender, news: items.flatMap((item) => parseItem(item) ?? []) };
}

function parseItem(item: string): News | null {
  const [, device, mail, deleted, remaining] = ITEM.exec(item) ?? [];
  if (device === undefined) return null;
  if (mail !== undefined) return { device, event: { kind: "mail" } };
  if (deleted !== undefined) return { device, event: { kind: "deleted" } };
  return { device, event: { kind: "prekeys", remaining: Number(remaining) } };
}
