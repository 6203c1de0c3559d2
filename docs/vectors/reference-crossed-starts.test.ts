import { describe, expect, it } from "vitest";
import type {
  CrossedStartsEvent,
  CrossedStartsInputs,
  computeCrossedStarts,
  PersonInputs,
} from "./compute-crossed-starts.ts";
import { decrypt, encrypt, initAlice, initBob, type ReferenceState } from "./reference.ts";
import { bytes, type Outputs, readVectors } from "./reference-files.ts";
import { handshake, sha256 } from "./reference-handshake.ts";

type Event = CrossedStartsEvent & { readonly outputs: Outputs<typeof computeCrossedStarts>[number] };
type Name = CrossedStartsEvent["by"];

interface ReferenceSession {
  readonly transcriptHash: Buffer;
  readonly generation: number;
  readonly ad: Buffer;
  state: ReferenceState;
  /** Of the initiator, until it has had a reply. */
  initialHeader: Buffer | null;
}

/** docs/protocol.md, section 10: the highest generation first, then the lowest transcript hash. */
function inOrder(sessions: readonly ReferenceSession[]): readonly ReferenceSession[] {
  return [...sessions].sort(
    (one, other) => other.generation - one.generation || Buffer.compare(one.transcriptHash, other.transcriptHash),
  );
}

function other(name: Name): Name {
  return name === "alice" ? "bob" : "alice";
}

function begin(
  initiator: PersonInputs,
  responder: PersonInputs,
  event: Extract<Event, { action: "begin" }>,
  generation: number,
) {
  const { withOneTimePrekeys, ephemeralSecretKey, encapsulationRandomness } = event;
  return handshake({
    initiator,
    responder: { ...responder, oneTimePrekeySecretKey: withOneTimePrekeys ? responder.oneTimePrekeySecretKey : null },
    ephemeralSecretKey,
    generation,
    kem: {
      lastResortPrekeySeed: responder.lastResortKemPrekeySeed,
      oneTimePrekeySeed: withOneTimePrekeys ? responder.oneTimeKemPrekeySeed : null,
      encapsulationRandomness,
    },
  });
}

/** Plays the events once more and checks what each gave. */
function replay(people: CrossedStartsInputs["people"], events: readonly Event[]): void {
  const held: Record<Name, ReferenceSession[]> = { alice: [], bob: [] };
  const accepted = new Map<string, () => ReferenceSession>();
  const sent: { readonly session: string; readonly sealed: ReturnType<typeof encrypt> }[] = [];
  const preference = (name: Name) => inOrder(held[name]).map(({ transcriptHash }) => transcriptHash.toString("hex"));

  for (const event of events) {
    if (event.action === "begin") {
      const highest = Math.max(0, ...held[event.by].map(({ generation }) => generation));
      const generation = Math.max(highest + 1, Math.floor(event.at / 1000));
      const responder = people[other(event.by)];
      const begun = begin(people[event.by], responder, event, generation);
      const {
        sharedSecret,
        initialHeader,
        transcriptHash,
        associatedData: ad,
        signedPrekey: theirSignedPrekey,
      } = begun;
      const ratchetSecretKey = bytes(event.ratchetSecretKey);
      const state = initAlice({ version: 2, sharedSecret, theirSignedPrekey, ratchetSecretKey });
      held[event.by].push({ transcriptHash, generation, ad, state, initialHeader });
      accepted.set(transcriptHash.toString("hex"), () => {
        const responderState = initBob(2, sharedSecret, bytes(responder.signedPrekeySecretKey));
        return { transcriptHash, generation, ad, state: responderState, initialHeader: null };
      });
      expect(event.outputs).toEqual({
        generation,
        sharedSecret: sharedSecret.toString("hex"),
        associatedData: ad.toString("hex"),
        initialHeader: initialHeader.toString("hex"),
        transcriptHash: transcriptHash.toString("hex"),
        preference: preference(event.by),
      });
      continue;
    }
    if (event.action === "send") {
      const [session] = inOrder(held[event.by]);
      if (session === undefined) throw new Error("no session to send in");
      const { ad, initialHeader } = session;
      const plaintext = Buffer.from(event.text);
      const sealed = encrypt(session.state, { plaintext, nonce: bytes(event.nonce), ad, initialHeader });
      sent.push({ session: session.transcriptHash.toString("hex"), sealed });
      expect(event.outputs).toEqual({
        session: session.transcriptHash.toString("hex"),
        type: initialHeader === null ? 2 : 1,
        header: sealed.header.toString("hex"),
        associatedDataSha256: sha256(sealed.associatedData).toString("hex"),
        ciphertext: sealed.ciphertext.toString("hex"),
        messageSha256: sha256(sealed.message).toString("hex"),
      });
      continue;
    }
    const message = sent[event.message];
    if (message === undefined) throw new Error("nothing was sent under this number");
    const known = held[event.by].find(({ transcriptHash }) => transcriptHash.toString("hex") === message.session);
    const session = known ?? accepted.get(message.session)?.();
    if (session === undefined) throw new Error("a handshake that nobody began");
    const drawn = event.ratchetSecretKey === null ? null : bytes(event.ratchetSecretKey);
    const plaintext = decrypt(session.state, message.sealed, drawn);
    session.initialHeader = null;
    if (known === undefined) held[event.by].push(session);
    expect(event.outputs).toEqual({
      session: message.session,
      accepted: known === undefined,
      plaintext: plaintext.toString("hex"),
      preference: preference(event.by),
    });
  }
}

describe("the vectors of crossed starts", () => {
  const file: {
    readonly cases: readonly {
      readonly name: string;
      readonly inputs: Omit<CrossedStartsInputs, "events">;
      readonly events: readonly Event[];
    }[];
  } = JSON.parse(readVectors("crossed-starts-v2.json"));

  it.each(file.cases)("$name: another implementation finds the same", ({ inputs, events }) => {
    expect.hasAssertions();
    replay(inputs.people, events);
  });

  it.each(file.cases)("$name: both sides end with the same session to send in", ({ events }) => {
    const last = (name: Name) =>
      events
        .flatMap(({ by, outputs }) => (by === name && "preference" in outputs ? [outputs.preference[0]] : []))
        .at(-1);
    expect(last("alice")).toBe(last("bob"));
    expect(last("alice")).toMatch(/^[0-9a-f]{64}$/);
  });

  it("decide by the later second in the first case and by the lower transcript hash in the second", () => {
    const starts = file.cases.map(({ events }) =>
      events.flatMap(({ by, outputs }) =>
        "generation" in outputs ? [{ by, generation: outputs.generation, hash: outputs.transcriptHash }] : [],
      ),
    );
    const [[earlier, later] = [], [first, second] = []] = starts;
    expect(later?.generation).toBe((earlier?.generation ?? 0) + 1);
    expect(second?.generation).toBe(first?.generation);
    expect([first?.hash, second?.hash]).toEqual([first?.hash, second?.hash].sort());
  });
});
