/** People behind a relay that may be hostile, with a clock that a test can put ahead, and what is expected of them. */
import { expect } from "vitest";
import type { TestRelay } from "../../../relay/testing/test-relay.ts";
import type { ConversationView, MessageView } from "../api.ts";
import type { Clock } from "../ports.ts";
import { HostileNetwork, type HostileScript } from "./hostile-network.ts";
import { type Person, startPerson, systemClock, texts } from "./person.ts";

export interface WatchedPerson extends Person {
  readonly username: string;
  readonly network: HostileNetwork;
  /** Puts this person's clock ahead; timers that run are not hurried. */
  advance(milliseconds: number): void;
  /**
   * Starts the engine again on the same profile and clock, by default with the same relay and honestly, and has it fetch
   * its mail.
   */
  restart(relay?: { readonly origin: string }, script?: HostileScript): Promise<WatchedPerson>;
}

/** Someone who has registered. */
export async function joinWatched(relay: TestRelay, username: string): Promise<WatchedPerson> {
  const person = startWatched(relay, username, { offset: 0 });
  await person.register();
  await person.network.untilGranted(`/api/receive/${username}`);
  return person;
}

function startWatched(
  relay: { readonly origin: string },
  username: string,
  time: { offset: number },
  { disk, script }: { readonly disk?: Person["disk"]; readonly script?: HostileScript } = {},
): WatchedPerson {
  const network = new HostileNetwork();
  network.follow(script);
  const clock: Clock = { ...systemClock, now: () => Date.now() + time.offset };
  const person = startPerson({
    username,
    origin: relay.origin,
    clock,
    wrapNetwork: network.wrap,
    ...(disk === undefined ? {} : { disk }),
  });
  return {
    ...person,
    username,
    network,
    advance: (milliseconds) => {
      time.offset += milliseconds;
    },
    async restart(next = relay, behaving = {}) {
      await person.engine.stop();
      const back = startWatched(next, username, time, { disk: person.disk, script: behaving });
      await back.network.untilGranted(`/api/receive/${username}`);
      return back;
    },
  };
}

/** Sees exactly these texts of a conversation, in this order, once all of them are there. */
export async function expectTexts(
  person: Person,
  peer: { readonly username: string },
  wanted: readonly string[],
): Promise<ConversationView> {
  const view = await person.untilConversation(peer.username, (seen) =>
    wanted.every((text) => texts(seen).includes(text)),
  );
  expect(texts(view)).toEqual(wanted);
  return view;
}

export type MissingMessages = Extract<MessageView, { readonly kind: "missing" }>;

/** The cards that stand for messages which could not be opened. */
export function missing({ messages }: ConversationView): readonly MissingMessages[] {
  return messages.filter((message) => message.kind === "missing");
}

/** What the cards say, without when. */
export function missingCards(view: ConversationView) {
  return missing(view).map(({ count, state, cause }) => ({ count, state, cause }));
}

/** Sees the two write to each other, each text once. */
export async function expectTheyGoOn(one: WatchedPerson, other: WatchedPerson, name: string): Promise<void> {
  for (const [writer, reader] of [
    [one, other],
    [other, one],
  ] as const) {
    const text = `${name}: ${writer.username} goes on.`;
    await writer.engine.send(reader.username, text);
    const view = await reader.untilConversation(writer.username, (seen) => texts(seen).includes(text));
    expect(texts(view).filter((shown) => shown === text)).toHaveLength(1);
  }
}
