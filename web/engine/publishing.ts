/** Publishing the manifest and one-time prekeys, and noting what the relay confirmed. */
import { toBase64url } from "../../relay/wire/bytes.ts";
import { kemPrekeyStatement } from "../../relay/wire/key-statements.ts";
import type { PublishResponse } from "../../relay/wire/keys.ts";
import { type Manifest, parseManifest } from "../../relay/wire/manifest.ts";
import { sameBytes } from "../protocol/bytes.ts";
import { signStatement, verifyStatement } from "../protocol/signature.ts";
import type { AccountState } from "./account-state.ts";
import { type ListedOneTimePrekey, listOneTimePrekeys, oneTimePrekeyChange } from "./own-prekeys.ts";
import type { Change } from "./ports.ts";
import type { AccountRecord } from "./records.ts";
import type { Answer } from "./relay-client.ts";

/** One-time prekeys of a kind in one request: two stocks, which is what a relay holds at most. */
const MAX_PUBLISHED = 200;

/**
 * Publishes the manifest and every one-time prekey the relay has not confirmed, and notes what it confirmed. With
 * `replace` the relay drops those it holds first.
 */
export async function publish(state: AccountState, replace: boolean): Promise<Answer<PublishResponse>> {
  const { account } = state;
  const { username, device, identity, manifest, manifestSignature, identityChange, invite } = account;
  const unconfirmed = (await listOneTimePrekeys(state.store)).filter(({ published }) => !published);
  const x25519 = unconfirmed.filter((prekey) => prekey.store === "oneTimePrekeys").slice(-MAX_PUBLISHED);
  const kem = unconfirmed.filter((prekey) => prekey.store === "oneTimeKemPrekeys").slice(-MAX_PUBLISHED);
  const answer = await state.relay.publishKeys({
    manifest,
    signature: manifestSignature,
    oneTimePrekeys: x25519.map(({ keyPair }) => keyPair.publicKey),
    oneTimeKemPrekeys: kem.map(({ keyPair: { publicKey } }) => {
      const statement = kemPrekeyStatement({ username, device, publicKey });
      return { publicKey, signature: signStatement(identity.secretKey, statement) };
    }),
    identityChange,
    replace,
    invite,
  });
  if (answer.kind === "ok") await state.exclusive(() => confirm(state, account, [...x25519, ...kem]));
  return answer;
}

async function confirm(
  state: AccountState,
  published: AccountRecord,
  prekeys: readonly ListedOneTimePrekey[],
): Promise<void> {
  const changes: Change[] = [];
  for (const prekey of prekeys) {
    // It may have been used, and deleted, while the request was under way.
    const kept = await state.store.read(prekey.store, [prekey.id]);
    if (kept !== null) changes.push(oneTimePrekeyChange(prekey, { published: true }));
  }
  const { registered, renewalPending, manifest } = state.account;
  // So may the identity have been renewed: what was confirmed is then the one before.
  if ((!registered || renewalPending) && sameBytes(manifest, published.manifest)) {
    const value = { ...state.account, registered: true, renewalPending: false, invite: null };
    changes.push({ store: "account", id: [], value });
  }
  if (changes.length > 0) await state.commit(changes);
}

/**
 * The manifest of ours that the relay holds, if it is later than the one we know: a device whose records were put back
 * to an older state goes on from there. null when there is none, or it is not ours. The relay refuses to show it to a
 * device whose key is not the one in it.
 */
export async function laterManifest(state: AccountState): Promise<Answer<Manifest | null>> {
  const { username, device, identity, manifest } = state.account;
  const answer = await state.relay.getKeys(username);
  if (answer.kind !== "ok") return answer;
  const known = parseManifest(manifest)?.sequence ?? 0;
  for (const { manifest: statement, signature } of answer.value.devices) {
    const held = parseManifest(statement);
    if (held === null || held.username !== username || held.device !== device || held.sequence < known) continue;
    const isOurs = sameBytes(held.identityKey, identity.publicKey);
    if (isOurs && verifyStatement(identity.publicKey, held.statement, signature)) return { kind: "ok", value: held };
  }
  return { kind: "ok", value: null };
}

/** The ids that an answer to `publish_keys` says are still to be handed out. */
export function heldIds({ oneTimePrekeyIds, oneTimeKemPrekeyIds }: PublishResponse) {
  return {
    x25519: new Set(oneTimePrekeyIds.map((id) => toBase64url(id))),
    kem: new Set(oneTimeKemPrekeyIds.map((id) => toBase64url(id))),
  };
}
