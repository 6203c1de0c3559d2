/** "Read" is told only to people one takes part in a conversation with; "delivered" is told to everybody. */
import { describe, expect, it } from "vitest";
import { startTestRelay } from "../../relay/testing/test-relay.ts";
import { markRead, sendText, startConversation } from "./conversations.ts";
import { statuses } from "./testing/person.ts";
import { SteppedPerson, steppedPair, testTime } from "./testing/stepped-person.ts";

/** Bob, whom Alice does not know, has written twice. */
async function aliceAndStranger() {
  const relay = await startTestRelay();
  const time = testTime(relay);
  const alice = await SteppedPerson.join(relay, time, "alice");
  const bob = await SteppedPerson.join(relay, time, "bob");
  await startConversation(bob.state, "alice");
  const seenByBob = async () => {
    await bob.turn();
    return statuses(await bob.view("alice"));
  };
  const write = async (text: string) => {
    await sendText(bob.state, "alice", text);
    await bob.post();
    await alice.turn();
  };
  await write("one");
  await write("two");
  return { alice, write, seenByBob };
}

describe("a stranger's messages", () => {
  it("are delivered, and not read until the person takes part", async () => {
    const { alice, seenByBob } = await aliceAndStranger();
    expect(await seenByBob()).toEqual(["delivered", "delivered"]);
    expect(await markRead(alice.state, "bob")).toBe(false);
    await alice.turn();
    expect(await seenByBob()).toEqual(["delivered", "delivered"]);
    expect(alice.state.conversations.get("bob")).toMatchObject({ unread: 0, accepted: false });
  });

  it.each([
    ["answering", (alice: SteppedPerson) => sendText(alice.state, "bob", "yes?")],
    ["starting the conversation", (alice: SteppedPerson) => startConversation(alice.state, "bob")],
  ])("that were seen are read on %s, and those that come later when they are seen", async (_what, takePart) => {
    const { alice, write, seenByBob } = await aliceAndStranger();
    await markRead(alice.state, "bob");
    await write("three");
    await takePart(alice);
    await alice.turn();
    expect(await seenByBob()).toEqual(["read", "read", "delivered"]);
    expect(await markRead(alice.state, "bob")).toBe(true);
    await alice.turn();
    expect(await seenByBob()).toEqual(["read", "read", "read"]);
  });

  it("that were not seen are not read on answering", async () => {
    const { alice, seenByBob } = await aliceAndStranger();
    await sendText(alice.state, "bob", "later");
    await alice.turn();
    expect(await seenByBob()).toEqual(["delivered", "delivered"]);
  });

  it("are owed nothing more for an answer that is refused", async () => {
    const { alice, seenByBob } = await aliceAndStranger();
    await markRead(alice.state, "bob");
    expect(await sendText(alice.state, "bob", " ")).toEqual({ kind: "empty" });
    await alice.turn();
    expect(await seenByBob()).toEqual(["delivered", "delivered"]);
  });
});

describe("the messages of someone one has written to", () => {
  it("are read when they are seen", async () => {
    const { alice, bob } = await steppedPair();
    await sendText(bob.state, "alice", "third");
    await bob.post();
    await alice.turn();
    await bob.turn();
    expect(statuses(await bob.view("alice")).at(-1)).toBe("delivered");
    expect(await markRead(alice.state, "bob")).toBe(true);
    expect(await markRead(alice.state, "bob")).toBe(false);
    await alice.turn();
    await bob.turn();
    expect(statuses(await bob.view("alice"))).toEqual(["read", "read"]);
  });
});
