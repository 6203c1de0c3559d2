/**
 * The ground of the crash tests: Alice's engine runs in the browser, in the checkpointed build, and can be ended at any
 * call of a port; the others' engines run in this process.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "@playwright/test";
import { engineToEnd } from "../fixtures/engines.ts";
import type { Person } from "../fixtures/person.ts";
import type { RelayProcess } from "../fixtures/relay-process.ts";
import { expect, proxiedTest } from "../fixtures/test.ts";
import type { MutatingProxy } from "../hostile/mutating-proxy.ts";
import { buildCheckpointedApp } from "./build-app.ts";
import { Peer } from "./peer.ts";
import type { CrashPoint } from "./points.ts";
import { doubleUses, type SentEnvelope, sentEnvelopes } from "./sent-envelopes.ts";
import { REST_AFTER_MAIL, REST_AFTER_SENDING, WorkerLife } from "./worker-life.ts";

interface StageOptions {
  readonly browser: Browser;
  readonly alice: Person;
  readonly life: WorkerLife;
  readonly relay: RelayProcess;
  readonly relayProxy: MutatingProxy;
}

export class Stage {
  readonly alice: Person;
  readonly life: WorkerLife;
  readonly #options: StageOptions;
  readonly #peers: Peer[] = [];

  constructor(options: StageOptions) {
    this.alice = options.alice;
    this.life = options.life;
    this.#options = options;
  }

  /** Somebody else who has just made an account. */
  async join(username: string): Promise<Peer> {
    const peer = await Peer.join(username, this.alice.origin);
    this.#peers.push(peer);
    return peer;
  }

  /** Somebody with whom Alice has a conversation in which both have written; all of it is read, and her page is on none. */
  async joinAcquaintance(username: string): Promise<Peer> {
    const { alice } = this;
    const peer = await this.join(username);
    await alice.startConversation(peer);
    await alice.send(GREETING);
    await peer.untilConversation(alice.username, (messages) => messages.length === 1);
    await peer.send(alice.username, REPLY);
    await peer.engine.markRead(alice.username);
    await alice.expectStatus(GREETING, "Read");
    await peer.untilConversation(alice.username, (messages) => messages.at(-1)?.status === "read");
    // Which jobs that took is a matter of time; a life of its own begins with none of them.
    await this.restart();
    return peer;
  }

  /** Alice closes her page and opens the app anew, and her engine comes to rest. */
  async restart(): Promise<void> {
    await this.alice.leave();
    this.life.armNext(null);
    await this.alice.open();
    await this.life.toRest(REST_AFTER_MAIL);
  }

  /** The relay ends and starts again while Alice is away: it has then forgotten how many prekeys of hers were taken. */
  async restartRelay(): Promise<void> {
    const { relay } = this.#options;
    await this.alice.leave();
    await relay.stop();
    await relay.start();
    this.life.armNext(null);
    await this.alice.open();
    await this.life.toRest(REST_AFTER_MAIL);
  }

  /** Alice writes in the open conversation, and her engine sends it and comes to rest. */
  async sendUndisturbed(text: string): Promise<void> {
    const { alice, life } = this;
    await life.arm(alice.page, null);
    await alice.send(text);
    await alice.expectStatus(text, "Sent");
    await life.toRest(REST_AFTER_SENDING);
  }

  /** Waits for the crash, reloads Alice's page, and waits until her engine is at rest again. */
  async crashAndReload(point: CrashPoint): Promise<void> {
    await this.life.toEnd(point);
    await engineToEnd(this.#options.browser, this.alice.username);
    this.life.armNext(null);
    await this.alice.reload();
    await this.life.toRest(REST_AFTER_MAIL);
  }

  /**
   * Sees that `step` adds exactly so many envelopes of each person, no more than it would without a crash, and that they
   * used no counter and no id a second time.
   */
  async expectEnvelopes(added: Readonly<Record<string, number>>, step: () => Promise<void>): Promise<void> {
    const before = this.#envelopeCounts();
    await step();
    const wanted = Object.entries(added).map(([from, count]) => [from, (before[from] ?? 0) + count]);
    expect(doubleUses(this.#sent()), "used twice").toEqual([]);
    expect(this.#envelopeCounts(), "envelopes of each").toEqual({ ...before, ...Object.fromEntries(wanted) });
  }

  /** Sees all of the conversation that Alice has open, however long it is. */
  async expectAliceHas(peer: Peer, texts: readonly string[]): Promise<void> {
    const { alice } = this;
    const earlier = alice.page.getByRole("button", { name: "Show earlier messages" });
    await expect(alice.messages(peer).last()).toContainText(texts.at(-1) ?? "");
    while (await earlier.isVisible()) {
      const shown = await alice.messages(peer).count();
      await earlier.click();
      await expect.poll(() => alice.messages(peer).count()).toBeGreaterThan(shown);
    }
    await alice.expectMessages(peer, texts);
  }

  /** Alice sends a last message, behind which nothing can still come: then the peer has exactly these texts and that one. */
  async expectPeerHas(peer: Peer, texts: readonly string[]): Promise<void> {
    const { alice } = this;
    const last = "That was all.";
    await alice.send(last);
    const messages = await peer.untilConversation(alice.username, (seen) => seen.at(-1)?.text === last);
    expect(messages.map(({ text }) => text)).toEqual([...texts, last]);
  }

  /** Sees that keys were fetched so often: once for each conversation begun, and never to recover anything. */
  expectKeysFetched(times: number): void {
    const { answered } = this.#options.relayProxy;
    expect(answered.filter(({ path }) => path.startsWith("/api/get_keys/")).length).toBe(times);
  }

  async end(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.goAway()));
  }

  #sent(): readonly SentEnvelope[] {
    return sentEnvelopes(this.#options.relayProxy.answered);
  }

  /** How many different envelopes each has handed to the relay. */
  #envelopeCounts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    const senders = new Map(this.#sent().map(({ id, from }) => [id, from]));
    for (const from of senders.values()) counts[from] = (counts[from] ?? 0) + 1;
    return counts;
  }
}

const GREETING = "Hello.";
const REPLY = "Hello to you.";

/** What is in a conversation with an acquaintance. */
export const INTRODUCTION = [GREETING, REPLY] as const;

export const crashTest = proxiedTest.extend<{ readonly stage: Stage }, { readonly checkpointedApp: string }>({
  checkpointedApp: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from this pattern.
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), "sotto-crash-points-"));
      await buildCheckpointedApp(folder);
      await use(folder);
      await rm(folder, { recursive: true, force: true });
    },
    { scope: "worker" },
  ],
  relayEnvironment: async ({ relayProxy, checkpointedApp }, use) => {
    await use({ RELAY_PUBLIC_ORIGIN: relayProxy.origin, RELAY_APP: checkpointedApp });
  },
  stage: async ({ browser, people, relay, relayProxy }, use) => {
    const context = await people.anotherBrowser();
    const life = await WorkerLife.watch(context);
    const alice = await people.join("alice", context);
    await life.toRest(REST_AFTER_MAIL);
    const stage = new Stage({ browser, alice, life, relay, relayProxy });
    await use(stage);
    await stage.end();
  },
});
