/** What counts against which bucket: addresses, accounts, and other people's one-time prekeys. */
import type { Clock } from "../context.ts";
import { Refusal } from "../refusal.ts";
import type { Buckets } from "./buckets.ts";
import type { BucketLimit, BucketRequest } from "./gcra.ts";

export interface FairnessLimits {
  /** Every request of an address, pages included, and every opening of a live socket. */
  readonly addressRequests: BucketLimit;
  /** Attempts of an address to register a name, or to publish under another device key than is known. */
  readonly addressRegistrations: BucketLimit;
  /** Requests of an account; one that publishes counts once more for every ten one-time prekeys. */
  readonly accountRequests: BucketLimit;
  /** Envelopes that an account sends, by their weight. */
  readonly accountEnvelopes: BucketLimit;
  /** Blobs that an account makes. */
  readonly accountBlobs: BucketLimit;
  /** Chunks of blobs that an account uploads: beside its other requests, so that a file does not hold up mail. */
  readonly accountChunksStored: BucketLimit;
  /** Chunks that an account fetches, likewise. */
  readonly accountChunksRead: BucketLimit;
  /** Live sockets that an account opens. */
  readonly accountSockets: BucketLimit;
  /** One-time prekeys (one of each kind) of one account that another takes. */
  readonly prekeysByPair: BucketLimit;
  /** One-time prekeys (one of each kind) of one account that anybody takes. */
  readonly prekeysOfTarget: BucketLimit;
}

/** All methods but `mayTakePrekeys` refuse with `rate-limited`, and then nothing was taken. */
export interface Fairness {
  admitAddress(address: string): Promise<void>;
  admitRegistration(address: string): Promise<void>;
  /** `requests` is how many this one counts as. */
  admitAccount(username: string, requests?: number): Promise<void>;
  /** `weight` is that of all envelopes of one request. */
  admitSend(username: string, weight: number): Promise<void>;
  admitBlob(username: string): Promise<void>;
  admitChunk(username: string, direction: "stored" | "read"): Promise<void>;
  admitSocket(username: string): Promise<void>;
  /** Whether `asker` gets one-time prekeys of `target` with their keys. */
  mayTakePrekeys(asker: string, target: string): Promise<boolean>;
}

export interface FairnessParts {
  readonly buckets: Buckets;
  readonly limits: FairnessLimits;
  readonly clock: Clock;
}

export function createFairness({ buckets, limits, clock }: FairnessParts): Fairness {
  async function admit(...requests: readonly BucketRequest[]): Promise<void> {
    const outcome = await buckets.take(requests, clock());
    if (outcome.kind === "ok") return;
    throw new Refusal("rate-limited", { retryAfterSeconds: Math.ceil(outcome.milliseconds / 1000) });
  }

  const accountRequests = (username: string, tokens: number): BucketRequest => ({
    ...limits.accountRequests,
    name: ["account-requests", username],
    tokens,
  });

  return {
    admitAddress: (address) => admit({ ...limits.addressRequests, name: ["address-requests", address] }),
    admitRegistration: (address) => admit({ ...limits.addressRegistrations, name: ["address-registrations", address] }),
    admitAccount: (username, requests = 1) => admit(accountRequests(username, requests)),
    admitSend: (username, weight) =>
      admit({
        ...limits.accountEnvelopes,
        name: ["account-envelopes", username],
        tokens: weight,
      }),
    admitBlob: (username) => admit({ ...limits.accountBlobs, name: ["account-blobs", username] }),
    admitChunk: (username, direction) =>
      direction === "stored"
        ? admit({ ...limits.accountChunksStored, name: ["account-chunks-stored", username] })
        : admit({ ...limits.accountChunksRead, name: ["account-chunks-read", username] }),
    admitSocket: (username) => admit({ ...limits.accountSockets, name: ["account-sockets", username] }),

    async mayTakePrekeys(asker, target) {
      const byPair = { ...limits.prekeysByPair, name: ["prekeys-by-pair", asker, target] };
      const ofTarget = { ...limits.prekeysOfTarget, name: ["prekeys-of-target", target] };
      return (await buckets.take([byPair, ofTarget], clock())).kind === "ok";
    },
  };
}
