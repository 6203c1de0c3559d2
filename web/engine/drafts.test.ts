/** What is being written: it outlives the engine, and goes with the message that it becomes. */
import { expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { sendText } from "./conversations.ts";
import { keepDraft, readDraft } from "./drafts.ts";
import type { Change } from "./ports.ts";
import { SteppedPerson, testTime } from "./testing/stepped-person.ts";

async function alice() {
  const relay = await startTestRelay();
  return (await SteppedPerson.join(relay, testTime(relay), "alice")).state;
}

it("keeps one text for each conversation, and none when it is empty", async () => {
  const state = await alice();
  await keepDraft(state, "bob", "hel");
  await keepDraft(state, "bob", "hello");
  await keepDraft(state, "carol", "good day");
  expect(await readDraft(state, "bob")).toBe("hello");
  await keepDraft(state, "bob", "");
  expect(await readDraft(state, "bob")).toBe("");
  expect((await state.store.list("drafts")).map(({ value }) => value.text)).toEqual(["good day"]);
});

it("stores nothing under what is no name, and nothing that is beyond measure", async () => {
  const state = await alice();
  await keepDraft(state, "", "hello");
  await keepDraft(state, "bob", "a".repeat(100_001));
  expect(await state.store.list("drafts")).toEqual([]);
});

it("goes in the transaction that stores the message", async () => {
  const state = await alice();
  await keepDraft(state, "bob", "hello");
  const commits: (readonly Change[])[] = [];
  const commit = state.store.commit.bind(state.store);
  state.store.commit = async (changes) => {
    commits.push(changes);
    await commit(changes);
  };
  expect(await sendText(state, "bob", "hello")).toEqual({ kind: "queued" });
  expect(await readDraft(state, "bob")).toBe("");
  const [sent] = commits.filter((changes) => changes.some(({ store }) => store === "messages"));
  expect(sent).toContainEqual({ store: "drafts", id: ["bob"], value: null });
});
