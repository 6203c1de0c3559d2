/** What the inputs of both protocol versions share: the people of a handshake, and the events of a conversation. */
import type { ConversationEvent } from "./compute-double-ratchet.ts";
import type { HandshakeInputs } from "./compute-x3dh.ts";
import { drawn } from "./drawn.ts";

/** Alice begins with Bob; `ephemeralKey` is the name that her ephemeral key is drawn by. */
export function handshakeInputs({
  oneTimePrekey,
  ephemeralKey,
}: {
  readonly oneTimePrekey: boolean;
  readonly ephemeralKey: string;
}): HandshakeInputs {
  return {
    initiator: { username: "alice", device: 1, identitySecretKey: drawn("alice's identity") },
    responder: {
      username: "bob",
      device: 1,
      identitySecretKey: drawn("bob's identity"),
      signedPrekeySecretKey: drawn("bob's signed prekey"),
      oneTimePrekeySecretKey: oneTimePrekey ? drawn("bob's one-time prekey") : null,
    },
    ephemeralSecretKey: drawn(ephemeralKey),
    generation: 1_700_000_000,
  };
}

/** The same under other names, on other devices, and with the highest generation. */
export function betweenOtherDevices(inputs: HandshakeInputs): HandshakeInputs {
  return {
    ...inputs,
    initiator: { ...inputs.initiator, username: "alice.of-the_north", device: 7 },
    responder: { ...inputs.responder, username: "0123456789abcdefghijklmnopqrstuv", device: 4_294_967_295 },
    generation: Number.MAX_SAFE_INTEGER,
  };
}

/** Sends and receipts, with what each draws. */
export function events(name: string) {
  let count = 0;
  const list: ConversationEvent[] = [];
  return {
    list,
    send(by: "initiator" | "responder", text: string) {
      list.push({ action: "send", by, text, nonce: drawn(`${name}: nonce ${count++}`, 12) });
    },
    receive(by: "initiator" | "responder", message: number, step = false) {
      const ratchetSecretKey = step ? drawn(`${name}: ratchet key ${count++}`) : null;
      list.push({ action: "receive", by, message, ratchetSecretKey });
    },
    refuse(by: "initiator" | "responder", message: number, step = false) {
      const ratchetSecretKey = step ? drawn(`${name}: refused ratchet key ${count++}`) : null;
      list.push({ action: "refuse", by, message, ratchetSecretKey });
    },
  };
}
