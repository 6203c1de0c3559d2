/** What others learn: what is chosen is seen at once, and taken back when it is not stored. */
import { expect, it } from "vitest";
import { createPrivacy } from "./privacy.ts";
import { createFakeEngine } from "./testing/fake-engine.ts";

const NO_TYPING = { readReceipts: true, typing: false };

it("shows what was chosen at once, and has the engine store it", async () => {
  const engine = createFakeEngine("alice");
  const store = createPrivacy(Promise.resolve(engine));
  const changing = store.getState().change(NO_TYPING);
  expect(store.getState().chosen).toEqual(NO_TYPING);
  await changing;
  expect(engine.calls).toEqual(['changeSettings {"readReceipts":true,"typing":false}']);
  expect(store.getState()).toMatchObject({ chosen: NO_TYPING, hasFailed: false });
});

it("takes back what was not stored, and says so", async () => {
  const store = createPrivacy(Promise.resolve(null));
  await store.getState().change(NO_TYPING);
  expect(store.getState()).toMatchObject({ chosen: null, hasFailed: true });
});
