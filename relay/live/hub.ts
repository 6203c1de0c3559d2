/** Passes news for a device to the sockets it has open. This one knows the sockets of its own process only. */
import { type Bytes, toBase64url } from "../wire/bytes.ts";
import { formatKeyId, type KeyId } from "../wire/request-signature.ts";

/** News carries no content. */
export type LiveEvent =
  /** There is new mail in the store. */
  | { readonly kind: "mail" }
  /** One-time prekeys were handed out; so many are left in the store. */
  | { readonly kind: "prekeys"; readonly remaining: number }
  /** The device's account was deleted. */
  | { readonly kind: "deleted" };

/**
 * A device and the key that is its own now. News is for who proved to hold that very key: after a name went to another
 * owner, a socket of the earlier one, which may still be open, hears nothing more.
 */
export interface LiveDevice extends KeyId {
  /** Ed25519, 32 bytes. */
  readonly deviceKey: Bytes;
}

export type LiveListener = (event: LiveEvent) => void;

/**
 * News is a hint, never the truth: the store is, from which sockets read what they push. Where news can get lost on its
 * way, `pollMilliseconds` says how often they look by themselves; null where it cannot.
 */
export interface Hub {
  readonly pollMilliseconds: number | null;
  publish(device: LiveDevice, event: LiveEvent): void;
  /** Returns what ends the subscription. */
  subscribe(device: LiveDevice, listener: LiveListener): () => void;
  /** Ends what connects it with other processes. */
  close(): Promise<void>;
}

/** A hub within one process. */
export function createLocalHub(): Hub {
  const listeners = new Map<string, Set<LiveListener>>();
  return {
    pollMilliseconds: null,
    publish(device, event) {
      for (const listener of listeners.get(nameOf(device)) ?? []) listener(event);
    },
    subscribe(device, listener) {
      const name = nameOf(device);
      const ofDevice = listeners.get(name) ?? new Set();
      listeners.set(name, ofDevice.add(listener));
      return () => {
        ofDevice.delete(listener);
        if (ofDevice.size === 0 && listeners.get(name) === ofDevice) listeners.delete(name);
      };
    },
    close: async () => {},
  };
}

function nameOf(device: LiveDevice): string {
  return `${formatKeyId(device)} ${toBase64url(device.deviceKey)}`;
}
