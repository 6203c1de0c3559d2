import { sha512 } from "@noble/hashes/sha2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bytes, concat, lengthPrefixed, utf8 } from "./bytes.ts";
import { compareCode, computeSafety, type Safety, type SafetyParty, safetyNumber } from "./safety-number.ts";
import { hex } from "./testing/hex.ts";
import { alice, bob, carol, mallory } from "./testing/people.ts";
import { flipBit } from "./testing/refusal.ts";

function partyOf({ username, identity }: typeof alice): SafetyParty {
  return { username, identityKey: identity.publicKey };
}

const aliceParty = partyOf(alice);
const bobParty = partyOf(bob);
const onAlicesScreen = computeSafety(aliceParty, bobParty);
const onBobsScreen = computeSafety(bobParty, aliceParty);

/** The names part of the code on the screen of `shower`, by its definition. */
function namesOf(shower: string, reader: string): Bytes {
  return sha512(concat(lengthPrefixed(utf8(shower)), lengthPrefixed(utf8(reader)))).slice(0, 8);
}

const BOBS_NAMES = namesOf("bob", "alice");
const ALICES_NAMES = namesOf("alice", "bob");

/** The code's text by its definition, from what its places hold; on Bob's screen unless said otherwise. */
function codeOf(first: Uint8Array, second: Uint8Array, names = BOBS_NAMES): string {
  return ["SOTTO", "1", ...[first, second, names].map((part) => hex(part).toUpperCase())].join(":");
}

/** What Alice's device holds with these fingerprints, without the keys they belong to. */
function safetyOf(ours: Bytes, theirs: Bytes): Safety {
  const code = codeOf(ours, theirs, ALICES_NAMES);
  return { digits: safetyNumber(ours, theirs), code, ours, theirs, theirNames: BOBS_NAMES };
}

const anyBytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((drawn) => Uint8Array.from(drawn));

describe("comparing a scanned code", () => {
  const { ours, theirs } = onAlicesScreen;
  const carols = computeSafety(partyOf(carol), bobParty).ours;
  const mallorys = { username: "bob", identityKey: mallory.identity.publicKey };

  it("matches the code on the other's screen", () => {
    expect(compareCode(onAlicesScreen, onBobsScreen.code)).toBe("match");
    expect(compareCode(onBobsScreen, onAlicesScreen.code)).toBe("match");
  });

  it("finds Mallory's key in Bob's place, on whichever screen it stands", () => {
    const deceived = computeSafety(aliceParty, mallorys);
    expect(compareCode(deceived, onBobsScreen.code)).toBe("mismatch");
    expect(compareCode(onBobsScreen, deceived.code)).toBe("mismatch");
  });

  it("finds that a relay has given both people false keys, though neither fingerprint is known", () => {
    const deceivedAlice = computeSafety(aliceParty, mallorys);
    const deceivedBob = computeSafety(bobParty, { ...mallorys, username: "alice" });
    expect(compareCode(deceivedAlice, deceivedBob.code)).toBe("mismatch");
    expect(compareCode(deceivedBob, deceivedAlice.code)).toBe("mismatch");
    expect(deceivedAlice.digits).not.toBe(deceivedBob.digits);
  });

  it.each([
    ["our own screen", codeOf(ours, theirs, ALICES_NAMES), "own-code"],
    ["our own screen, open at another conversation", codeOf(ours, carols, namesOf("alice", "carol")), "own-code"],
    ["their screen, open at another conversation", codeOf(theirs, carols, namesOf("bob", "carol")), "other-people"],
    ["another's screen, open at us", codeOf(carols, ours, namesOf("carol", "alice")), "other-people"],
    ["another's screen, open at them", codeOf(carols, theirs, namesOf("carol", "bob")), "other-people"],
    ["the right fingerprints under other names", codeOf(theirs, ours, namesOf("bo", "balice")), "other-people"],
    ["the right fingerprints under our names", codeOf(theirs, ours, ALICES_NAMES), "other-people"],
    ["swapped fingerprints", codeOf(ours, theirs), "mismatch"],
    ["two unknown fingerprints", codeOf(carols, flipBit(carols, 0)), "mismatch"],
    ["their fingerprint twice", codeOf(theirs, theirs), "mismatch"],
    ["our fingerprint twice", codeOf(ours, ours), "mismatch"],
  ])("tells %s from a match", (_name, scanned, expected) => {
    expect(compareCode(onAlicesScreen, scanned)).toBe(expected);
  });

  it("finds one changed bit in any byte of either fingerprint, those that the digits leave out included", () => {
    for (let index = 0; index < 32; index++) {
      expect(compareCode(onAlicesScreen, codeOf(flipBit(theirs, index), ours))).toBe("mismatch");
      expect(compareCode(onAlicesScreen, codeOf(theirs, flipBit(ours, index)))).toBe("mismatch");
    }
    for (let index = 0; index < 8; index++) {
      expect(compareCode(onAlicesScreen, codeOf(theirs, ours, flipBit(BOBS_NAMES, index)))).toBe("other-people");
    }
  });

  const good = onBobsScreen.code;
  it.each([
    ["nothing", ""],
    ["the 60 digits", onAlicesScreen.digits],
    ["an address", "https://chat.example/#/invite/bob"],
    ["lower case throughout", good.toLowerCase()],
    ["lower-case digits", `SOTTO:1:${good.slice(8).toLowerCase()}`],
    ["a lower-case label", good.replace("SOTTO", "sotto")],
    ["another label", good.replace("SOTTO", "SOTT0")],
    ["a space before", ` ${good}`],
    ["a newline after", `${good}\n`],
    ["a line before", `SOTTO:1:\n${good}`],
    ["two codes", good + good],
    ["a third fingerprint", `${good}:${good.slice(8, 72)}`],
    ["one fingerprint only", good.slice(0, 72)],
    ["no names", good.slice(0, 137)],
    ["empty names", good.slice(0, 138)],
    ["names a digit too long", `${good.slice(0, 138)}0${good.slice(138)}`],
    ["no separator before the names", good.slice(0, 137) + good.slice(138)],
    ["an empty second fingerprint", good.slice(0, 73)],
    ["no separator", good.slice(0, 72) + good.slice(73)],
    ["another separator", `${good.slice(0, 72)}/${good.slice(73)}`],
    ["a digit that is not hexadecimal", good.replace(/.$/, "G")],
    ["a digit of another script", good.replace(/.$/, "１")],
    ["a digit too many", `${good}0`],
    ["a digit too few in the first fingerprint", good.slice(0, 71) + good.slice(72)],
    ["a digit moved over the separator", good.replace(/(.):([0-9A-F]{64}):/, ":$1$2:")],
    ["version 0", good.replace(":1:", ":0:")],
    ["version 01", good.replace(":1:", ":01:")],
    ["no version", good.replace(":1:", "::")],
    ["a negative version", good.replace(":1:", ":-2:")],
    ["a version of ten digits", good.replace(":1:", ":2000000000:")],
    ["a later version after a space", ` ${good.replace(":1:", ":2:")}`],
    ["a later version and nothing more", "SOTTO:2"],
  ])("takes %s for no code", (_name, scanned) => {
    expect(compareCode(onAlicesScreen, scanned)).toBe("not-a-code");
  });

  it("takes no truncated code for one", () => {
    for (let length = 0; length < good.length; length++) {
      expect(compareCode(onAlicesScreen, good.slice(0, length))).toBe("not-a-code");
    }
  });

  it.each(["SOTTO:2:", "SOTTO:10:ANYTHING", good.replace(":1:", ":2:"), good.replace(":1:", ":11:")])(
    "says of %s that it is of a later version",
    (scanned) => {
      expect(compareCode(onAlicesScreen, scanned)).toBe("newer-version");
    },
  );

  it("matches exactly one text for any two fingerprints", () => {
    fc.assert(
      fc.property(anyBytes(32), anyBytes(32), anyBytes(32), (here, there, third) => {
        fc.pre(new Set([here, there, third].map(hex)).size === 3);
        const safety = safetyOf(here, there);
        expect(compareCode(safety, codeOf(there, here))).toBe("match");
        expect(compareCode(safety, codeOf(there, third))).toBe("mismatch");
        expect(compareCode(safety, codeOf(third, here))).toBe("mismatch");
        expect(compareCode(safety, codeOf(third, there))).toBe("mismatch");
        expect(compareCode(safety, safety.code)).toBe("own-code");
        expect(compareCode(safety, codeOf(third, there, ALICES_NAMES))).toBe("other-people");
        expect(compareCode(safety, codeOf(there, here).toLowerCase())).toBe("not-a-code");
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it("never matches, nor throws, on any other text", () => {
    const piece = fc.constantFrom(
      "SOTTO",
      "1",
      "2",
      ":",
      hex(ours).toUpperCase(),
      hex(theirs).toUpperCase(),
      "\n",
      "A",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (scanned) => {
        expect(compareCode(onAlicesScreen, scanned) === "match").toBe(scanned === good);
      }),
      { numRuns: 1000, seed: 2, examples: [[good]] },
    );
  });
});
