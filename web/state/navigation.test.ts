import { describe, expect, it } from "vitest";
import { createNavigation } from "./navigation.ts";
import { createFakeAddress } from "./testing/fake-address.ts";

describe("navigation", () => {
  it("follows the address when the person goes somewhere and back", () => {
    const address = createFakeAddress("/");
    const navigation = createNavigation(address);
    navigation.getState().go("/u/alice");
    expect(navigation.getState().route).toMatchObject({ kind: "account", username: "alice" });
    address.back();
    expect(navigation.getState().route.kind).toBe("start");
  });

  it("keeps the open conversation out of the address, and closes it by going back", () => {
    const address = createFakeAddress("/u/alice");
    const navigation = createNavigation(address);
    navigation.getState().openConversation("bob");
    expect(navigation.getState().openPeer).toBe("bob");
    expect(address.paths()).toEqual(["/u/alice", "/u/alice"]);
    navigation.getState().closeConversation();
    expect(navigation.getState().openPeer).toBeNull();
    expect(address.paths()).toEqual(["/u/alice"]);
  });

  it("goes back to the list, not to the conversation before, after changing between two", () => {
    const address = createFakeAddress("/u/alice");
    const navigation = createNavigation(address);
    navigation.getState().openConversation("bob");
    navigation.getState().openConversation("carol");
    address.back();
    expect(navigation.getState().openPeer).toBeNull();
  });

  it("counts every choice of a conversation, that of the open one too, and leaves no entry for it", () => {
    const address = createFakeAddress("/u/alice");
    const navigation = createNavigation(address);
    navigation.getState().openConversation("bob");
    navigation.getState().openConversation("bob");
    expect(navigation.getState()).toMatchObject({ openPeer: "bob", choices: 2 });
    expect(address.paths()).toEqual(["/u/alice", "/u/alice"]);
    navigation.getState().closeConversation();
    expect(navigation.getState().choices).toBe(2);
  });

  it("does nothing when no conversation is open to be closed", () => {
    const address = createFakeAddress("/");
    const navigation = createNavigation(address);
    navigation.getState().go("/u/alice");
    navigation.getState().closeConversation();
    expect(navigation.getState().route.kind).toBe("account");
  });

  it("finds the open conversation again after a reload", () => {
    const navigation = createNavigation(createFakeAddress("/u/alice", { conversation: "bob" }));
    expect(navigation.getState().openPeer).toBe("bob");
  });

  it("ignores a history state that it did not write", () => {
    for (const state of [{ conversation: 7 }, { conversation: "<b>" }, { other: "bob" }, "bob", 7, null]) {
      expect(createNavigation(createFakeAddress("/u/alice", state)).getState().openPeer).toBeNull();
    }
    expect(createNavigation(createFakeAddress("/", { conversation: "bob" })).getState().openPeer).toBeNull();
  });

  it("takes a followed invitation out of the address and keeps the conversation open", () => {
    const address = createFakeAddress("/u/alice#invite=bob", { conversation: "carol" });
    const navigation = createNavigation(address);
    navigation.getState().dismissInvite();
    expect(address.paths()).toEqual(["/u/alice"]);
    expect(navigation.getState()).toMatchObject({ route: { invite: null }, openPeer: "carol" });
  });

  it("notices an invitation that is pasted into the open page", () => {
    const address = createFakeAddress("/u/alice");
    const navigation = createNavigation(address);
    address.editHash("#invite=bob");
    expect(navigation.getState().route).toMatchObject({ invite: "bob" });
  });
});
