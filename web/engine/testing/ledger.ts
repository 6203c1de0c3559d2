/**
 * What happened between two devices and what may be demanded of them, kept apart from both: which sessions exist, what
 * left under which number, what was opened.
 */
import { expect } from "vitest";
import { decodeMessage } from "../../protocol/message-format.ts";
import type { Session } from "../../protocol/session.ts";
import type { Suite } from "../../protocol/suite.ts";
import { hex } from "../../protocol/testing/hex.ts";
import { MAX_SESSIONS_PER_PEER } from "../sessions.ts";
import type { Mail } from "./model-device.ts";
import type { Side } from "./operations.ts";

const MAIL_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

/** How often things happened, so that a test can show that it saw what it speaks of. */
export interface Tally {
  opened: number;
  openedLate: number;
  repeatsRefused: number;
  alteredRefused: number;
  outOfReach: number;
  crashes: number;
  sessionsBegun: number;
}

export class Ledger {
  readonly openedBy: Record<Side, number> = { alice: 0, bob: 0 };
  readonly #sealedFor: Record<Side, number> = { alice: 0, bob: 0 };
  readonly #begun: { readonly generation: number; readonly transcriptHash: string }[] = [];
  readonly #opened = new Set<string>();
  /** Each (ratchet key, message number) under which a message left. */
  readonly #left = new Set<string>();

  noteBegun({ generation, transcriptHash }: Session): void {
    this.#begun.push({ generation, transcriptHash: hex(transcriptHash) });
  }

  /** No number of a chain leaves a device with two messages. */
  noteLeaving(suite: Suite, to: Side, { body }: Mail): void {
    const { ratchetKey, messageNumber } = suite.decodeHeader(decodeMessage(body, suite.version).header);
    const place = `${hex(ratchetKey)} ${messageNumber}`;
    expect(this.#left.has(place), "a message number left twice").toBe(false);
    this.#left.add(place);
    this.#sealedFor[to]++;
  }

  noteOpened(by: Side, { text }: Mail): void {
    this.#opened.add(text);
    this.openedBy[by]++;
  }

  wasOpened({ text }: Mail): boolean {
    return this.#opened.has(text);
  }

  /** How many messages left for this side that it has not opened. */
  unopenedBy(side: Side): number {
    return this.#sealedFor[side] - this.openedBy[side];
  }

  /** Whether mail that was not opened yet must open by `now`: not too old, and of one of the preferred sessions. */
  mustOpen({ sealedAt, transcriptHash }: Mail, now: number): boolean {
    const own = this.#begun.find((session) => session.transcriptHash === transcriptHash);
    if (own === undefined) throw new RangeError("mail of a session that nobody began");
    const preferred = this.#begun.filter(
      ({ generation, transcriptHash: hash }) =>
        generation > own.generation || (generation === own.generation && hash < transcriptHash),
    );
    return preferred.length < MAX_SESSIONS_PER_PEER && now - sealedAt <= MAIL_LIFETIME_MS;
  }
}
