/**
 * Two honest devices and a network that loses, repeats, reorders, alters and delays, with crashes between any two steps.
 * Every operation checks what must hold; what may be demanded of an envelope is computed here, apart from the devices:
 * it must open, once, if it is at most 30 days old and of one of the five preferred sessions that exist.
 */
import { expect } from "vitest";
import type { Bytes } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/protocol-error.ts";
import type { Session } from "../../protocol/session.ts";
import { MAX_SKIPPED_MESSAGE_KEYS } from "../../protocol/skipped-message-keys.ts";
import type { Suite } from "../../protocol/suite.ts";
import { hex } from "../../protocol/testing/hex.ts";
import { alice, bob, NOW } from "../../protocol/testing/people.ts";
import { repeatableRandomBytes } from "../../protocol/testing/random.ts";
import { flipBit } from "../../protocol/testing/refusal.ts";
import { MAX_SESSIONS_PER_PEER, sendingSession, UNANSWERED_SESSION_LIFETIME_MS } from "../sessions.ts";
import { Ledger, type Tally } from "./ledger.ts";
import { beginOn, type DeviceState, type Mail, newDevice, openOn, Refused, sealOn } from "./model-device.ts";
import { handOutBundle, maintainPrekeys, type Owner } from "./model-prekeys.ts";
import { observeSuite } from "./observed-suite.ts";
import type { Operation, Side } from "./operations.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

interface Envelope {
  readonly to: Side;
  readonly mail: Mail;
}

type Outcome =
  | { readonly kind: "opened"; readonly state: DeviceState; readonly text: string }
  | { readonly kind: "refused" };

export class LossyNetwork {
  readonly tally: Tally;
  readonly #owners: Readonly<Record<Side, Owner>>;
  readonly #devices: Record<Side, DeviceState>;
  readonly #ledger = new Ledger();
  #inFlight: readonly Envelope[] = [];
  #now = NOW;
  #count = 0;

  private constructor(owners: Readonly<Record<Side, Owner>>, devices: Record<Side, DeviceState>, tally: Tally) {
    this.#owners = owners;
    this.#devices = devices;
    this.tally = tally;
  }

  /** Nobody has a session yet. `draw` names the randomness of the run. */
  static async open(base: Suite, draw: string, tally: Tally): Promise<LossyNetwork> {
    const suite = observeSuite(base);
    const owners = {
      alice: { us: alice, peer: bob, suite, randomBytes: repeatableRandomBytes(`${draw} alice`) },
      bob: { us: bob, peer: alice, suite, randomBytes: repeatableRandomBytes(`${draw} bob`) },
    };
    const devices = { alice: await newDevice(owners.alice, NOW), bob: await newDevice(owners.bob, NOW) };
    return new LossyNetwork(owners, devices, tally);
  }

  /** Does one operation. Returns whether there was anything to do. */
  async step(operation: Operation): Promise<boolean> {
    switch (operation.kind) {
      case "send":
        return await this.#send(operation.by, operation.fate);
      case "begin":
        return await this.#begin(operation.by, operation);
      case "deliver":
        return await this.#deliver(operation.pick, operation.fate);
      case "duplicate":
        return this.#withPicked(operation.pick, (envelope) => [...this.#inFlight, { ...envelope }]);
      case "lose":
        return this.#withPicked(operation.pick, (envelope) => this.#inFlight.filter((other) => other !== envelope));
      case "alter":
        return await this.#alter(operation);
      case "restart":
        return this.#restart(operation.who);
      case "advance":
        return await this.#advance(operation.days);
    }
  }

  /** Delivers everything that is under way, in the order of `picks`. Returns how many deliveries it took. */
  async drain(picks: Iterator<number>): Promise<number> {
    let deliveries = 0;
    this.#restart("alice");
    this.#restart("bob");
    while (this.#inFlight.length > 0) {
      await this.#deliver(picks.next().value ?? 0, "acknowledged");
      deliveries++;
    }
    return deliveries;
  }

  /** Loses everything that is under way or waits to be sent. */
  loseAll(): void {
    this.#inFlight = [];
    for (const side of ["alice", "bob"] as const) this.#devices[side] = { ...this.#devices[side], outbox: [] };
  }

  /** Sends one message and delivers it before anything else happens. Returns whether it opened. */
  async exchange(by: Side): Promise<boolean> {
    const before = this.#ledger.openedBy[other(by)];
    this.#inFlight = [];
    await this.#send(by, "sent");
    await this.#deliver(0, "acknowledged");
    return this.#ledger.openedBy[other(by)] === before + 1;
  }

  /** The transcript hash of the session this side sends with, or null. */
  sendingSessionOf(side: Side): string | null {
    const record = sendingSession(this.#devices[side].peer);
    return record && hex(record.session.transcriptHash);
  }

  /** As the engine does (docs/protocol.md §10): begins when there is no session, or none that was answered in a week. */
  async #send(by: Side, fate: "sent" | "unconfirmed" | "not-sent" | "not-stored"): Promise<boolean> {
    const current = sendingSession(this.#devices[by].peer);
    const unanswered = current?.session.phase === "awaiting-first-reply";
    if (current === null || (unanswered && this.#now - current.createdAt > UNANSWERED_SESSION_LIFETIME_MS)) {
      await this.#begin(by, { stored: true, withOneTimePrekeys: true });
    }
    const text = `${by} ${this.#count++}`;
    const { state, mail } = await sealOn(this.#owners[by], this.#devices[by], text, this.#now);
    if (fate === "not-stored") return this.#crash();
    const to = other(by);
    this.#ledger.noteLeaving(this.#owners[by].suite, to, mail);
    const sent = { ...state, outbox: state.outbox.filter((waiting) => waiting !== mail) };
    this.#devices[by] = fate === "sent" ? sent : state;
    if (fate === "not-sent") return this.#crash();
    this.#inFlight = [...this.#inFlight, { to, mail }];
    return true;
  }

  async #begin(
    by: Side,
    { stored, withOneTimePrekeys }: { readonly stored: boolean; readonly withOneTimePrekeys: boolean },
  ): Promise<boolean> {
    const to = other(by);
    const handedOut = await handOutBundle(this.#owners[to], this.#devices[to], this.#now, withOneTimePrekeys);
    this.#devices[to] = handedOut.state;
    const { state, session } = await beginOn(this.#owners[by], this.#devices[by], handedOut.bundle, this.#now);
    if (!stored) return this.#crash();
    this.#devices[by] = state;
    this.#ledger.noteBegun(session);
    this.tally.sessionsBegun++;
    this.#checkLimits(by);
    expect(this.sendingSessionOf(by), "a session begun now").toBe(hex(session.transcriptHash));
    return true;
  }

  async #deliver(pick: number, fate: "acknowledged" | "unacknowledged" | "not-stored"): Promise<boolean> {
    const envelope = this.#pick(pick);
    if (envelope === null) return false;
    const { to, mail } = envelope;
    if (fate === "acknowledged") this.#inFlight = this.#inFlight.filter((other) => other !== envelope);
    const outcome = await this.#attempt(to, mail.body);
    if (this.#ledger.wasOpened(mail)) {
      expect(outcome.kind, `a repeat of ${mail.text}`).toBe("refused");
      this.tally.repeatsRefused++;
      return true;
    }
    if (this.#ledger.mustOpen(mail, this.#now)) expect(outcome.kind, mail.text).toBe("opened");
    if (outcome.kind === "refused") {
      this.tally.outOfReach++;
      return true;
    }
    expect(outcome.text).toBe(mail.text);
    if (fate === "not-stored") return this.#crash();
    this.#noteOpened(envelope, outcome.state);
    return true;
  }

  #noteOpened({ to, mail }: Envelope, state: DeviceState): void {
    const keys = (device: DeviceState) =>
      device.peer.sessions.flatMap(({ session }) => session.ratchet.skippedMessageKeys);
    if (keys(state).length < keys(this.#devices[to]).length) this.tally.openedLate++;
    this.#devices[to] = state;
    this.#ledger.noteOpened(to, mail);
    this.tally.opened++;
    this.#checkLimits(to);
    expect(keys(state).length).toBeLessThanOrEqual(this.#ledger.unopenedBy(to));
  }

  async #alter({ pick, at, bit }: Extract<Operation, { readonly kind: "alter" }>): Promise<boolean> {
    const envelope = this.#pick(pick);
    if (envelope === null) return false;
    const { body } = envelope.mail;
    const outcome = await this.#attempt(envelope.to, flipBit(body, at % body.length, bit));
    expect(outcome.kind, `altered at byte ${at % body.length}`).toBe("refused");
    this.tally.alteredRefused++;
    return true;
  }

  /** Opens without storing what came of it. A refusal must leave what is stored as it was, to the last byte. */
  async #attempt(to: Side, body: Bytes): Promise<Outcome> {
    const before = fingerprint(this.#devices[to]);
    try {
      const opened = await openOn(this.#owners[to], this.#devices[to], body, this.#now);
      return { kind: "opened", ...opened };
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof Refused)) throw error;
      return { kind: "refused" };
    } finally {
      expect(fingerprint(this.#devices[to])).toBe(before);
    }
  }

  /** Sends what is in the outbox, the same bytes, whether or not they were sent before. */
  #restart(who: Side): boolean {
    const { outbox } = this.#devices[who];
    this.#inFlight = [...this.#inFlight, ...outbox.map((mail) => ({ to: other(who), mail }))];
    this.#devices[who] = { ...this.#devices[who], outbox: [] };
    return outbox.length > 0;
  }

  async #advance(days: number): Promise<boolean> {
    this.#now += days * DAY_MS;
    for (const side of ["alice", "bob"] as const) {
      this.#devices[side] = await maintainPrekeys(this.#owners[side], this.#devices[side], this.#now);
    }
    return true;
  }

  #checkLimits(side: Side): void {
    const { sessions } = this.#devices[side].peer;
    expect(sessions.length).toBeLessThanOrEqual(MAX_SESSIONS_PER_PEER);
    for (const { session } of sessions) expect(skippedOf(session)).toBeLessThanOrEqual(MAX_SKIPPED_MESSAGE_KEYS);
  }

  #crash(): boolean {
    this.tally.crashes++;
    return true;
  }

  #pick(pick: number): Envelope | null {
    return this.#inFlight[pick % (this.#inFlight.length || 1)] ?? null;
  }

  #withPicked(pick: number, change: (envelope: Envelope) => readonly Envelope[]): boolean {
    const envelope = this.#pick(pick);
    if (envelope === null) return false;
    this.#inFlight = change(envelope);
    return true;
  }
}

function other(side: Side): Side {
  return side === "alice" ? "bob" : "alice";
}

function skippedOf({ ratchet }: Session): number {
  return ratchet.skippedMessageKeys.length;
}

/** All of a value, byte strings included, as one text. */
function fingerprint(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Uint8Array ? Buffer.from(part).toString("base64") : part,
  );
}
