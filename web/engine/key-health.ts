/** How the account's keys are, and making new prekeys by hand. */
import { suiteV1 } from "../protocol/suite.ts";
import type { AccountState } from "./account-state.ts";
import type { KeyHealthView, RefreshOutcome } from "./api.ts";
import { listLastingPrekeys, listOneTimePrekeys } from "./own-prekeys.ts";
import { maintainPrekeys, rotateNow } from "./prekey-upkeep.ts";
import { notGranted } from "./relay-client.ts";
import { sendingSession } from "./sessions.ts";

export async function keyHealth(state: AccountState): Promise<KeyHealthView> {
  const lasting = await listLastingPrekeys(state.store);
  const signed = lasting.find(({ store, replacedAt }) => store === "signedPrekeys" && replacedAt === null);
  const waiting = (await listOneTimePrekeys(state.store)).filter(
    ({ published, takenAt }) => published && takenAt === null,
  );
  const ofKind = (kind: (typeof waiting)[number]["store"]) => waiting.filter(({ store }) => store === kind).length;
  const peers = (await state.store.list("peers")).map(({ value }) => value);
  const sessions = peers.flatMap((peer) => sendingSession(peer)?.session ?? []);
  const classical = sessions.filter(({ version }) => version === suiteV1.version).length;
  return {
    backedUpAt: state.account.backedUpAt,
    signedPrekeyAt: signed?.createdAt ?? state.account.createdAt,
    oneTimePrekeys: Math.min(ofKind("oneTimePrekeys"), ofKind("oneTimeKemPrekeys")),
    sessions: {
      postQuantum: sessions.length - classical,
      classical,
      weak: sessions.filter(({ weaknesses }) => weaknesses.length > 0).length,
    },
    unverified: peers
      .filter(({ verifiedAt, change }) => verifiedAt === null || change !== null)
      .map(({ peer }) => peer)
      .sort(),
  };
}

/** Rotates the signed prekey and the last-resort KEM prekey now, and publishes what it takes. */
export async function refreshPrekeys(state: AccountState): Promise<RefreshOutcome> {
  await state.exclusive(() => rotateNow(state));
  const answer = await maintainPrekeys(state);
  return answer.kind === "ok" ? { kind: "refreshed" } : notGranted(answer);
}
