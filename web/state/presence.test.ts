import { describe, expect, it } from "vitest";
import { beginPresence } from "./presence.ts";
import { createFakeAttention, createFakeEngine } from "./testing/fake-engine.ts";

describe("presence", () => {
  it("tells while the page is on the screen, and no more once it ends", async () => {
    const engine = createFakeEngine("alice");
    const attention = createFakeAttention(true);
    const end = beginPresence({ attention, attend: engine.attend, noteUse: () => void engine.noteUse() });
    await settled();
    expect(engine.calls).toEqual(["attend"]);
    attention.set(false);
    await settled();
    attention.set(true);
    await settled();
    expect(engine.calls).toEqual(["attend", "attend no more", "attend"]);
    end();
    await settled();
    attention.set(false);
    attention.set(true);
    await settled();
    expect(engine.calls).toEqual(["attend", "attend no more", "attend", "attend no more"]);
  });

  it("tells of use, but not of every key", async () => {
    const engine = createFakeEngine("alice");
    const attention = createFakeAttention(false);
    beginPresence({ attention, attend: engine.attend, noteUse: () => void engine.noteUse() });
    for (const at of [0, 10, 4_999, 5_000, 9_999, 10_000]) attention.use(at);
    await settled();
    expect(engine.calls).toEqual(["noteUse", "noteUse", "noteUse"]);
  });
});

/** Lets what was asked for come to its end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}
