import { describe, expect, it, vi } from "vitest";
import type { CodeComparison, EngineApi, PeerIdentity } from "../engine/api.ts";
import { createSession } from "./session.ts";
import { attachFake, createFakeAttention, createFakeEngine } from "./testing/fake-engine.ts";
import { createFakeKeeping } from "./testing/fake-keeping.ts";
import { createVerification } from "./verification.ts";

const CHANGED = {
  kind: "changed",
  change: "first",
  signedByEarlier: false,
  wasVerified: true,
  waiting: 0,
} as const satisfies PeerIdentity;

/** Held to the type: a comparison that is added must be added here. */
const CODE_COMPARISONS_BY_NAME: Readonly<Record<CodeComparison["kind"], true>> = {
  mismatch: true,
  "own-code": true,
  "other-people": true,
  "newer-version": true,
  "not-a-code": true,
  "no-key": true,
  "not-ready": true,
  match: true,
};
const CODE_COMPARISONS = Object.keys(CODE_COMPARISONS_BY_NAME) as CodeComparison["kind"][];

const digits = (digit: string) => digit.repeat(60);
const number = (digit: string) => ({ digits: digits(digit), code: `code ${digit}`, verified: false, changed: false });

/** Alice with her conversation with Bob open. `overrides` replace methods of her engine. */
async function setUp(overrides: Partial<EngineApi> = {}) {
  const fake = createFakeEngine("alice");
  const session = createSession({
    keeping: createFakeKeeping(),
    username: "alice",
    attached: Promise.resolve(attachFake({ ...fake, ...overrides }).attached),
    attention: createFakeAttention(true),
    onObstacle: () => undefined,
    onLocked: () => undefined,
  });
  session.conversations.getState().open("bob");
  await vi.waitFor(() => expect(session.conversations.getState().view?.peer).toBe("bob"));
  const verification = () => session.part(createVerification).getState();
  const opened = async (peer = "bob") => {
    verification().open(peer);
    await vi.waitFor(() => expect(verification().shown.kind).not.toBe("asking"));
  };
  return { fake, session, verification, opened };
}

/** An answer that comes when the test says so. */
function later<Answer>() {
  let answer: (value: Answer) => void = () => undefined;
  const promise = new Promise<Answer>((resolve) => {
    answer = resolve;
  });
  return { promise, answer };
}

describe("the safety number", () => {
  it("is asked for when it is opened, and forgotten when it is closed", async () => {
    const { fake, verification, opened } = await setUp();
    fake.answers.safetyNumber = number("1");
    await opened();
    expect(verification()).toMatchObject({ peer: "bob", shown: { kind: "number", number: number("1") } });
    verification().close();
    expect(verification()).toMatchObject({ peer: null, shown: { kind: "asking" } });
  });

  it("is none while no key of the other is known", async () => {
    const { fake, verification, opened } = await setUp();
    fake.answers.safetyNumber = null;
    await opened();
    expect(verification().shown).toEqual({ kind: "none" });
  });

  it("says so when the engine does not answer", async () => {
    const { verification, opened } = await setUp({ safetyNumber: () => Promise.reject(new Error("gone")) });
    await opened();
    expect(verification().shown).toEqual({ kind: "engine-gone" });
  });

  it("is never that of an earlier question", async () => {
    const answers = { bob: later<ReturnType<typeof number>>(), carol: later<ReturnType<typeof number>>() };
    const { verification } = await setUp({
      safetyNumber: (peer) => (peer === "bob" ? answers.bob.promise : answers.carol.promise),
    });
    verification().open("bob");
    verification().open("carol");
    answers.carol.answer(number("2"));
    await vi.waitFor(() => expect(verification().shown.kind).toBe("number"));
    answers.bob.answer(number("1"));
    await answers.bob.promise;
    expect(verification()).toMatchObject({ peer: "carol", shown: { number: number("2") } });
  });

  it("is asked for again when the other's key changes meanwhile, and whoever compares is told", async () => {
    const { fake, verification, opened } = await setUp();
    fake.answers.safetyNumber = number("1");
    await opened();
    fake.answers.safetyNumber = number("2");
    fake.setIdentity("bob", CHANGED);
    await vi.waitFor(() => expect(verification().shown).toMatchObject({ number: number("2") }));
    expect(verification().result).toBe("outdated");
    fake.answers.safetyNumber = number("3");
    fake.setIdentity("bob", { ...CHANGED, change: "second" });
    await vi.waitFor(() => expect(verification().shown).toMatchObject({ number: number("3") }));
  });

  it("is not asked for again for a message or for another's key", async () => {
    const { fake, opened } = await setUp();
    await opened();
    const asked = () => fake.calls.filter((call) => call.startsWith("safetyNumber")).length;
    expect(asked()).toBe(1);
    fake.receive("bob", "hello");
    fake.setIdentity("carol", CHANGED);
    await opened("bob");
    expect(asked()).toBe(2);
  });
});

describe("comparing a code", () => {
  it("tells what the engine says of it", async () => {
    const { fake, verification, opened } = await setUp();
    await opened();
    for (const kind of CODE_COMPARISONS) {
      fake.answers.compare = { kind };
      await verification().compare("their code");
      expect(verification()).toMatchObject({ result: kind, working: false });
    }
    expect(fake.calls).toContain("compareCode bob their code");
  });

  it("takes no second code while one is with the engine", async () => {
    const first = later<{ readonly kind: "mismatch" }>();
    const compareCode = vi.fn(() => first.promise);
    const { verification, opened } = await setUp({ compareCode });
    await opened();
    const comparing = verification().compare("one");
    await verification().compare("two");
    first.answer({ kind: "mismatch" });
    await comparing;
    expect(compareCode).toHaveBeenCalledExactlyOnceWith("bob", "one");
    await verification().compare("three");
    expect(compareCode).toHaveBeenCalledTimes(2);
  });

  it("shows nothing of an answer that comes after the person has closed it, or opened another", async () => {
    const answer = later<{ readonly kind: "match" }>();
    const { verification, opened } = await setUp({ compareCode: () => answer.promise });
    await opened();
    const comparing = verification().compare("one");
    verification().close();
    await opened("carol");
    answer.answer({ kind: "match" });
    await comparing;
    expect(verification()).toMatchObject({ peer: "carol", result: null, working: false });
  });

  it("asks nothing while nothing is open", async () => {
    const { fake, verification } = await setUp();
    await verification().compare("a code");
    await verification().setVerified(true);
    expect(fake.calls.filter((call) => /^(compareCode|setVerified)/.test(call))).toEqual([]);
  });

  it("says so when the engine does not answer", async () => {
    const { verification, opened } = await setUp({ compareCode: () => Promise.reject(new Error("gone")) });
    await opened();
    await verification().compare("a code");
    expect(verification()).toMatchObject({ result: "engine-gone", working: false });
  });

  it("forgets what came of the last attempt when another begins", async () => {
    const { verification, opened } = await setUp();
    await opened();
    verification().reportProblem("no-code");
    expect(verification().result).toBe("no-code");
    verification().clearResult();
    expect(verification().result).toBeNull();
  });
});

describe("marking as verified", () => {
  it("marks the very digits that are shown, and asks for the number again", async () => {
    const { fake, verification, opened } = await setUp();
    fake.answers.safetyNumber = number("1");
    await opened();
    fake.answers.safetyNumber = { ...number("1"), verified: true };
    await verification().setVerified(true);
    expect(fake.calls).toContain(`setVerified bob ${digits("1")} true`);
    expect(verification()).toMatchObject({ result: "marked", shown: { number: { verified: true } } });
    await verification().setVerified(false);
    expect(fake.calls).toContain(`setVerified bob ${digits("1")} false`);
    expect(verification().result).toBeNull();
  });

  it("shows the new digits instead when the key has changed meanwhile", async () => {
    const { fake, verification, opened } = await setUp();
    fake.answers.safetyNumber = number("1");
    await opened();
    fake.answers.safetyNumber = number("2");
    fake.answers.verify = { kind: "outdated" };
    await verification().setVerified(true);
    expect(verification()).toMatchObject({ result: "outdated", shown: { number: number("2") } });
  });
});

describe("an account that is not in use any more", () => {
  it("is told of, and nothing is taken for verified or decided", async () => {
    const { fake, verification, opened } = await setUp();
    await opened();
    fake.answers.verify = { kind: "not-ready" };
    await verification().setVerified(true);
    expect(verification().result).toBe("not-ready");
    await verification().decide("bob", "first", "accept");
    expect(verification().decision).toEqual({ peer: "bob", state: "not-ready" });
  });
});

describe("deciding about a changed key", () => {
  it("decides about the change that is shown", async () => {
    const { fake, verification } = await setUp();
    await verification().decide("bob", "first", "accept");
    await verification().decide("bob", "second", "keep");
    expect(fake.calls.filter((call) => call.startsWith("decideIdentity"))).toEqual([
      "decideIdentity bob first accept",
      "decideIdentity bob second keep",
    ]);
    expect(verification().decision).toBeNull();
  });

  it("says so when the key has changed again, until that is decided", async () => {
    const { fake, verification } = await setUp();
    fake.setIdentity("bob", CHANGED);
    fake.answers.verify = { kind: "outdated" };
    await verification().decide("bob", "first", "accept");
    expect(verification().decision).toEqual({ peer: "bob", state: "outdated" });
    fake.setIdentity("bob", { ...CHANGED, change: "second" });
    expect(verification().decision).toEqual({ peer: "bob", state: "outdated" });
    fake.setIdentity("bob", { kind: "unverified" });
    expect(verification().decision).toBeNull();
  });

  it("decides once, however often the button is pressed", async () => {
    const answer = later<{ readonly kind: "done" }>();
    const decideIdentity = vi.fn(() => answer.promise);
    const { verification } = await setUp({ decideIdentity });
    const deciding = verification().decide("bob", "first", "accept");
    await verification().decide("bob", "first", "keep");
    expect(verification().decision).toEqual({ peer: "bob", state: "working" });
    answer.answer({ kind: "done" });
    await deciding;
    expect(decideIdentity).toHaveBeenCalledExactlyOnceWith("bob", "first", "accept");
  });

  it("says so when the engine does not answer", async () => {
    const { verification } = await setUp({ decideIdentity: () => Promise.reject(new Error("gone")) });
    await verification().decide("bob", "first", "accept");
    expect(verification().decision).toEqual({ peer: "bob", state: "engine-gone" });
  });
});
