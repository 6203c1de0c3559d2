/** What the vectors of protocol version 1 are computed from: handshakes and conversations. */
import type { ConversationEvent, ConversationInputs } from "./compute-double-ratchet.ts";
import type { HandshakeInputs } from "./compute-x3dh.ts";
import { drawn } from "./drawn.ts";
import { betweenOtherDevices, events, handshakeInputs } from "./inputs-common.ts";

function handshake(name: string, oneTimePrekey: boolean): HandshakeInputs {
  return handshakeInputs({ oneTimePrekey, ephemeralKey: `ephemeral key, ${name}` });
}

export const handshakes: readonly { readonly name: string; readonly inputs: HandshakeInputs }[] = [
  { name: "with a one-time prekey", inputs: handshake("with a one-time prekey", true) },
  { name: "without a one-time prekey", inputs: handshake("without a one-time prekey", false) },
  {
    name: "between other devices and longer names, with the highest generation",
    inputs: betweenOtherDevices(handshake("other devices", true)),
  },
];

function longConversation(): readonly ConversationEvent[] {
  const { list, send, receive, refuse } = events("long");
  send("initiator", "0: hello Bob");
  send("initiator", "1: are you there?");
  send("initiator", "2: lost on the way");
  receive("responder", 1, true);
  send("responder", "3: yes");
  send("responder", "4: and you?");
  receive("responder", 0);
  refuse("responder", 0);
  receive("initiator", 4, true);
  send("initiator", "5: here too");
  send("initiator", "6: \u{1F511} grüße");
  send("initiator", "7: overtakes");
  receive("responder", 7, true);
  receive("initiator", 3);
  refuse("initiator", 4);
  send("responder", "8: a new chain");
  receive("responder", 5);
  refuse("responder", 1, true);
  receive("initiator", 8, true);
  send("initiator", "");
  receive("responder", 9, true);
  receive("responder", 6);
  return list;
}

function shortConversation(): readonly ConversationEvent[] {
  const { list, send, receive } = events("short");
  send("initiator", "three Diffie-Hellmans");
  receive("responder", 0, true);
  send("responder", "suffice");
  receive("initiator", 1, true);
  return list;
}

export const conversations: readonly { readonly name: string; readonly inputs: ConversationInputs }[] = [
  {
    name: "several steps, with skipped, late, lost and repeated messages",
    inputs: {
      handshake: handshake("long conversation", true),
      initiatorRatchetSecretKey: drawn("first ratchet key, long"),
      events: longConversation(),
    },
  },
  {
    name: "without a one-time prekey",
    inputs: {
      handshake: handshake("short conversation", false),
      initiatorRatchetSecretKey: drawn("first ratchet key, short"),
      events: shortConversation(),
    },
  },
];
