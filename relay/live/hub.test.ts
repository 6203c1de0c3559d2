import { describe, expect, it } from "vitest";
import { createLocalHub, type LiveEvent } from "./hub.ts";

const bob = { username: "bob", device: 1, deviceKey: new Uint8Array(32).fill(1) };
const event: LiveEvent = { kind: "prekeys", remaining: 3 };

describe("the hub", () => {
  it("tells every listener of a device, and no other's", () => {
    const hub = createLocalHub();
    const told: string[] = [];
    hub.subscribe(bob, () => told.push("first"));
    hub.subscribe(bob, () => told.push("second"));
    hub.subscribe({ ...bob, device: 2 }, () => told.push("other device"));
    hub.subscribe({ ...bob, username: "carol" }, () => told.push("other account"));
    hub.subscribe({ ...bob, deviceKey: new Uint8Array(32).fill(2) }, () => told.push("other key"));
    hub.publish(bob, event);
    expect(told).toEqual(["first", "second"]);
  });

  it("tells nothing once the subscription has ended, and may be ended twice", () => {
    const hub = createLocalHub();
    const told: LiveEvent[] = [];
    const end = hub.subscribe(bob, (news) => told.push(news));
    end();
    hub.subscribe(bob, (news) => told.push(news));
    end();
    hub.publish(bob, event);
    expect(told).toEqual([event]);
  });
});
