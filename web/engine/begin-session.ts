/**
 * Beginning a session with someone: their keys are fetched, checked, and used (X3DH §3.3, PQXDH §3.3). An identity
 * other than the pinned one begins nothing: it is noted as a change, about which the person decides.
 */
import { identityChangeStatement, kemPrekeyStatement } from "../../relay/wire/key-statements.ts";
import type { Bundle, IdentityChange } from "../../relay/wire/keys.ts";
import { type Manifest, parseManifest } from "../../relay/wire/manifest.ts";
import { sameBytes } from "../protocol/bytes.ts";
import { isMlKem768There } from "../protocol/kem.ts";
import type { IdentityKey } from "../protocol/keys.ts";
import { type VerifiedPrekeyBundle, verifyPrekeyBundle } from "../protocol/prekey-bundle.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { beginSession } from "../protocol/session.ts";
import { verifyStatement } from "../protocol/signature.ts";
import { currentSuite } from "../protocol/suite.ts";
import { DEVICE, ourParty } from "./account.ts";
import type { AccountState } from "./account-state.ts";
import { dayOf } from "./days.ts";
import { newPeer, storedPeer } from "./peers.ts";
import { droppedReceipts } from "./receipts.ts";
import type { PeerRecord } from "./records.ts";
import type { Limited } from "./relay-client.ts";
import { nextGeneration, withSession } from "./sessions.ts";

/** Someone's keys as the relay hands them out, checked. */
export interface FetchedKeys {
  readonly manifest: Manifest;
  readonly bundle: VerifiedPrekeyBundle;
  readonly identityChange: IdentityChange | null;
}

/** Why there are no keys to begin with. */
type NoKeys =
  | { readonly kind: "unreachable" }
  | Limited
  /** The relay refused. */
  | { readonly kind: "refused"; readonly code: string }
  /** What it handed out does not verify, or is older than what was seen, or of an identity decided against. */
  | { readonly kind: "bundle-refused"; readonly code: string };

export type FetchOutcome = { readonly kind: "fetched"; readonly keys: FetchedKeys } | NoKeys;

export type BeginOutcome =
  | { readonly kind: "begun" }
  /** Another identity than the pinned one: the person has to decide. */
  | { readonly kind: "identity-changed" }
  | NoKeys;

/** Fetches and checks someone's keys; nothing is kept of them. Each call uses up a one-time prekey of theirs. */
export async function fetchKeys(state: AccountState, peer: string): Promise<FetchOutcome> {
  const answer = await state.relay.getKeys(peer);
  if (answer.kind !== "ok") return answer;
  const found = deviceOf(answer.value);
  if (found === null) return { kind: "bundle-refused", code: "bundle-mismatch" };
  const { manifest, device } = found;
  try {
    const bundle = verifyPrekeyBundle({
      bundle: {
        manifest,
        signature: device.signature,
        oneTimePrekey: device.oneTimePrekey,
        oneTimeKemPrekey: device.oneTimeKemPrekey && {
          ...device.oneTimeKemPrekey,
          statement: kemPrekeyStatement({
            username: peer,
            device: DEVICE,
            publicKey: device.oneTimeKemPrekey.publicKey,
          }),
        },
      },
      username: peer,
      device: DEVICE,
      suite: currentSuite,
      ourIdentityKey: state.account.identity.publicKey,
      today: dayOf(state.ports.clock.now()),
    });
    return { kind: "fetched", keys: { manifest, bundle, identityChange: answer.value.identityChange } };
  } catch (error) {
    if (error instanceof ProtocolError) return { kind: "bundle-refused", code: error.code };
    throw error;
  }
}

function deviceOf({ devices }: Bundle) {
  for (const device of devices) {
    const manifest = parseManifest(device.manifest);
    if (manifest?.device === DEVICE) return { device, manifest };
  }
  return null;
}

/** Fetches someone's keys and stores a session begun with them, which is preferred to all before it. */
export async function beginSessionWith(state: AccountState, peer: string): Promise<BeginOutcome> {
  // Before a one-time prekey of theirs is used up for nothing.
  if (!(await isMlKem768There())) return { kind: "unreachable" };
  const fetched = await fetchKeys(state, peer);
  if (fetched.kind !== "fetched") return fetched;
  return await state.exclusive(() => storeNewSession(state, fetched.keys));
}

async function storeNewSession(state: AccountState, keys: FetchedKeys): Promise<BeginOutcome> {
  const { manifest, bundle } = keys;
  const known = await state.store.read("peers", [bundle.username]);
  if (known !== null && !sameBytes(known.identityKey, bundle.identityKey)) {
    return await storeIdentityChange(state, known, keys);
  }
  if (known !== null && known.change !== null) return { kind: "identity-changed" };
  if (known !== null && manifest.sequence < known.manifestSequence) {
    return { kind: "bundle-refused", code: "manifest-outdated" };
  }
  const { clock, randomBytes, observeHandshake } = state.ports;
  const now = clock.now();
  const peer = known ?? newPeer(bundle.username, bundle.identityKey);
  const { session, handshake } = await beginSession({
    suite: currentSuite,
    us: ourParty(state.account),
    bundle,
    generation: nextGeneration(peer.sessions, now),
    randomBytes,
  });
  observeHandshake?.("initiator", handshake);
  const value: PeerRecord = {
    ...peer,
    manifestSequence: manifest.sequence,
    sessions: withSession(peer.sessions, { session, createdAt: now, lastUsedAt: now }),
  };
  await state.commit([{ store: "peers", id: [bundle.username], value }]);
  return { kind: "begun" };
}

async function storeIdentityChange(
  state: AccountState,
  known: PeerRecord,
  { manifest, bundle, identityChange }: FetchedKeys,
): Promise<BeginOutcome> {
  const { identityKey } = bundle;
  if (known.refusedIdentityKeys.some((refused) => sameBytes(refused, identityKey))) {
    return { kind: "bundle-refused", code: "identity-mismatch" };
  }
  const pending = known.change !== null && sameBytes(known.change.identityKey, identityKey) ? known.change : null;
  if (pending !== null && manifest.sequence < pending.manifestSequence) {
    return { kind: "bundle-refused", code: "manifest-outdated" };
  }
  const change = {
    identityKey,
    manifestSequence: manifest.sequence,
    sessions: pending?.sessions ?? [],
    signedByEarlier: isSignedByEarlier(known, identityKey, identityChange),
  };
  const { changes } = storedPeer({
    peer: { ...known, change },
    conversation: state.conversations.get(known.peer) ?? null,
    isNew: known.change === null,
    now: state.ports.clock.now(),
  });
  const isReplacing = known.change !== null && pending === null;
  const dropped = isReplacing ? await droppedReceipts(state, known.peer) : [];
  await state.commit([...changes, ...dropped]);
  return { kind: "identity-changed" };
}

/** Whether the pinned identity key has handed its name on to this one. */
export function isSignedByEarlier(
  known: PeerRecord,
  identityKey: IdentityKey,
  identityChange: IdentityChange | null,
): boolean {
  if (identityChange === null || !sameBytes(identityChange.previousIdentityKey, known.identityKey)) return false;
  const statement = identityChangeStatement({
    username: known.peer,
    previousIdentityKey: known.identityKey,
    identityKey,
  });
  return verifyStatement(known.identityKey, statement, identityChange.signature);
}
