/** What the vectors of protocol version 2 are computed from: handshakes, conversations and crossed starts. */
import type { CrossedStartsEvent, CrossedStartsInputs, PersonInputs } from "./compute-crossed-starts.ts";
import type { ConversationEvent, ConversationInputs } from "./compute-double-ratchet.ts";
import type { HandshakeInputs } from "./compute-x3dh.ts";
import { drawn, drawnSeed } from "./drawn.ts";
import { betweenOtherDevices, events, handshakeInputs } from "./inputs-common.ts";

function handshake(
  name: string,
  has: { readonly oneTimePrekey: boolean; readonly oneTimeKemPrekey: boolean },
): HandshakeInputs {
  return {
    ...handshakeInputs({ oneTimePrekey: has.oneTimePrekey, ephemeralKey: `ephemeral key, v2, ${name}` }),
    kem: {
      lastResortPrekeySeed: drawnSeed("bob's last-resort kem prekey"),
      oneTimePrekeySeed: has.oneTimeKemPrekey ? drawnSeed("bob's one-time kem prekey") : null,
      encapsulationRandomness: drawn(`encapsulation, v2, ${name}`),
    },
  };
}

const everyPrekey = { oneTimePrekey: true, oneTimeKemPrekey: true };

export const handshakes: readonly { readonly name: string; readonly inputs: HandshakeInputs }[] = [
  { name: "with one-time prekeys of both kinds", inputs: handshake("both kinds", everyPrekey) },
  {
    name: "without one-time prekeys, with the last-resort KEM prekey",
    inputs: handshake("neither kind", { oneTimePrekey: false, oneTimeKemPrekey: false }),
  },
  {
    name: "with a one-time prekey and the last-resort KEM prekey",
    inputs: handshake("last resort", { oneTimePrekey: true, oneTimeKemPrekey: false }),
  },
  {
    name: "without a one-time prekey, with a one-time KEM prekey",
    inputs: handshake("kem only", { oneTimePrekey: false, oneTimeKemPrekey: true }),
  },
  {
    name: "between other devices and longer names, with the highest generation",
    inputs: betweenOtherDevices(handshake("other devices", everyPrekey)),
  },
];

function longConversation(): readonly ConversationEvent[] {
  const { list, send, receive, refuse } = events("v2, long");
  send("initiator", "0: hello Bob");
  send("initiator", "1: is anybody there?");
  send("initiator", "2: lost on the way");
  receive("responder", 1, true);
  refuse("responder", 1);
  send("responder", "3: yes, late for you");
  send("responder", "4: I am here");
  receive("responder", 0);
  refuse("responder", 0);
  receive("initiator", 4, true);
  send("initiator", "5: from a new chain");
  send("initiator", "6: lost as well");
  send("initiator", "7: \u{1F511} grüße");
  receive("responder", 7, true);
  send("responder", "8: the third chain of the responder");
  receive("responder", 5);
  receive("initiator", 3);
  refuse("initiator", 4);
  receive("initiator", 8, true);
  send("initiator", "9: overtaken by what follows it");
  send("initiator", "");
  receive("responder", 10, true);
  refuse("responder", 7, true);
  send("responder", "11: goodbye");
  receive("responder", 9);
  refuse("responder", 9);
  receive("initiator", 11, true);
  send("initiator", "12: goodbye");
  receive("responder", 12, true);
  return list;
}

function shortConversation(): readonly ConversationEvent[] {
  const { list, send, receive } = events("v2, short");
  send("initiator", "a last resort");
  receive("responder", 0, true);
  send("responder", "suffices");
  receive("initiator", 1, true);
  return list;
}

export const conversations: readonly { readonly name: string; readonly inputs: ConversationInputs }[] = [
  {
    name: "several steps, with skipped, late, lost and repeated messages",
    inputs: {
      handshake: handshake("long conversation", everyPrekey),
      initiatorRatchetSecretKey: drawn("first ratchet key, v2, long"),
      events: longConversation(),
    },
  },
  {
    name: "without one-time prekeys",
    inputs: {
      handshake: handshake("short conversation", { oneTimePrekey: false, oneTimeKemPrekey: false }),
      initiatorRatchetSecretKey: drawn("first ratchet key, v2, short"),
      events: shortConversation(),
    },
  },
];

function person(username: "alice" | "bob"): PersonInputs {
  return {
    username,
    device: 1,
    identitySecretKey: drawn(`${username}'s identity`),
    signedPrekeySecretKey: drawn(`${username}'s signed prekey`),
    oneTimePrekeySecretKey: drawn(`${username}'s one-time prekey`),
    lastResortKemPrekeySeed: drawnSeed(`${username}'s last-resort kem prekey`),
    oneTimeKemPrekeySeed: drawnSeed(`${username}'s one-time kem prekey`),
  };
}

const people = { alice: person("alice"), bob: person("bob") };
type Name = keyof typeof people;

/** Starts, sends and receipts of two people, with what each draws. */
function crossedEvents(name: string) {
  let count = 0;
  const list: CrossedStartsEvent[] = [];
  return {
    list,
    begin(by: Name, at: number, withOneTimePrekeys = true) {
      list.push({
        action: "begin",
        by,
        at,
        withOneTimePrekeys,
        ephemeralSecretKey: drawn(`${name}: ephemeral key ${count++}`),
        encapsulationRandomness: drawn(`${name}: encapsulation ${count++}`),
        ratchetSecretKey: drawn(`${name}: first ratchet key ${count++}`),
      });
    },
    send(by: Name, text: string) {
      list.push({ action: "send", by, text, nonce: drawn(`${name}: nonce ${count++}`, 12) });
    },
    receive(by: Name, message: number, step = false) {
      const ratchetSecretKey = step ? drawn(`${name}: ratchet key ${count++}`) : null;
      list.push({ action: "receive", by, message, ratchetSecretKey });
    },
  };
}

const START = 1_700_000_000_000;

/** Alice begins, Bob `later` milliseconds after her. Whoever's session is `preferred` has it answered first. */
function crossed(name: string, later: number, preferred: Name): CrossedStartsInputs {
  const { list, begin, send, receive } = crossedEvents(name);
  const other = preferred === "alice" ? "bob" : "alice";
  begin("alice", START);
  send("alice", "0: hello Bob");
  send("alice", "1: late");
  begin("bob", START + later);
  send("bob", "2: hello Alice");
  send("bob", "3: late");
  receive("alice", 2, true);
  receive("bob", 0, true);
  send(preferred, "4: in my session, the preferred one");
  send(other, "5: in yours");
  receive(other, 4);
  receive(preferred, 5, true);
  send(preferred, "6: no longer with the initial header");
  receive(other, 6, true);
  receive("bob", 1);
  receive("alice", 3);
  send(other, "7: late mail promotes nothing");
  receive(preferred, 7, true);
  return { people, events: list };
}

/** Alice, whose clock was set back, begins anew while Bob's answer is on its way. */
function begunAnew(): CrossedStartsInputs {
  const { list, begin, send, receive } = crossedEvents("begun anew");
  begin("alice", START);
  send("alice", "0: hello Bob");
  receive("bob", 0, true);
  send("bob", "1: in the first session");
  begin("alice", START - 60_000, false);
  send("alice", "2: in the second session");
  receive("alice", 1, true);
  send("alice", "3: still in the second");
  receive("bob", 2, true);
  send("bob", "4: in the second session");
  receive("alice", 4, true);
  receive("bob", 3);
  return { people, events: list };
}

export const crossedStarts: readonly { readonly name: string; readonly inputs: CrossedStartsInputs }[] = [
  { name: "a second apart: the later one sends", inputs: crossed("a second apart", 1_000, "bob") },
  { name: "in the same second: the lower transcript hash sends", inputs: crossed("within one second", 999, "alice") },
  { name: "begun anew: the new one sends, though the clock was set back", inputs: begunAnew() },
];
