import { describe, expect, it, vi } from "vitest";
import { createApp } from "./app.ts";
import type { AttachFailure } from "./ports.ts";
import { createFakeAddress } from "./testing/fake-address.ts";
import { createFakeAlerts } from "./testing/fake-alerts.ts";
import { attachFake, createFakeAttention, createFakeEngine, type FakeAttachment } from "./testing/fake-engine.ts";
import { createFakeKeeping } from "./testing/fake-keeping.ts";

interface Scene {
  readonly path?: string;
  readonly accounts?: readonly string[];
  readonly isSecureContext?: boolean;
  readonly failure?: AttachFailure;
}

function setUp({ path = "/", accounts = [], isSecureContext = true, failure }: Scene) {
  const engine = createFakeEngine("alice");
  const address = createFakeAddress(path);
  const attention = createFakeAttention(true);
  const attachments: FakeAttachment[] = [];
  let listed = accounts;
  const attachEngine = vi.fn(async (_username: string) => {
    if (failure !== undefined) return { kind: "failed", reason: failure } as const;
    const attachment = attachFake(engine);
    attachments.push(attachment);
    return attachment.attached;
  });
  const attachDirectory = vi.fn(
    async () =>
      ({
        kind: "attached",
        api: {
          listAccounts: async () => listed,
          ownerOfBackup: async () => ({ kind: "of", username: "alice" }) as const,
        },
        detach: () => undefined,
      }) as const,
  );
  const keeping = createFakeKeeping();
  const alertSurroundings = vi.fn(async () => createFakeAlerts());
  const app = createApp({
    attachEngine,
    attachDirectory,
    address,
    attention,
    keeping,
    alertSurroundings,
    isSecureContext,
  });
  const list = (next: readonly string[]) => {
    listed = next;
  };
  return { app, engine, address, attention, attachments, attachEngine, attachDirectory, alertSurroundings, list };
}

describe("the page's state", () => {
  it("lists the accounts on the start page and starts no engine", async () => {
    const { app, attachEngine } = setUp({ accounts: ["alice", "bob"] });
    await vi.waitFor(() => expect(app.directory.getState().accounts).toEqual(["alice", "bob"]));
    expect(attachEngine).not.toHaveBeenCalled();
    expect(app.session.getState().current).toBeNull();
  });

  it("begins notifications once, and again if that failed", async () => {
    const { app, alertSurroundings } = setUp({ path: "/u/alice" });
    alertSurroundings.mockRejectedValueOnce(new Error("not there"));
    await expect(app.alerts()).rejects.toThrow("not there");
    expect((await app.alerts()).getState().level).toBe("off");
    await app.alerts();
    expect(alertSurroundings).toHaveBeenCalledTimes(2);
  });

  it("reloads in the newest version that is here", () => {
    const { app, address } = setUp({});
    app.reload();
    expect(address.reloads()).toBe(1);
    const apply = vi.fn();
    app.update.setState({ apply });
    app.reload();
    expect(apply).toHaveBeenCalledTimes(1);
    expect(address.reloads()).toBe(1);
  });

  it("lists the accounts anew when the person comes back to the page", async () => {
    const { app, attention, list } = setUp({});
    await vi.waitFor(() => expect(app.directory.getState().accounts).toEqual([]));
    list(["carol"]);
    attention.set(true);
    await vi.waitFor(() => expect(app.directory.getState().accounts).toEqual(["carol"]));
  });

  it("opens the session of the account in the address", async () => {
    const { app, attachEngine, attachDirectory } = setUp({ path: "/u/alice" });
    const session = app.session.getState().current;
    await vi.waitFor(() => expect(session?.account.getState().view?.phase).toBe("ready"));
    expect(attachEngine).toHaveBeenCalledExactlyOnceWith("alice");
    expect(attachDirectory).not.toHaveBeenCalled();
  });

  it("attempts nothing in an insecure context, and says so", () => {
    const { app, attachEngine, attachDirectory } = setUp({ path: "/u/alice", isSecureContext: false });
    expect(app.obstacle.getState().reason).toBe("insecure-context");
    expect(attachEngine).not.toHaveBeenCalled();
    expect(attachDirectory).not.toHaveBeenCalled();
  });

  it("says why no engine could be attached", async () => {
    const { app } = setUp({ path: "/u/alice", failure: "other-version" });
    await vi.waitFor(() => expect(app.obstacle.getState().reason).toBe("other-version"));
  });

  it("leads from a created account to its page, with the invitation and the same engine", async () => {
    const { app, address, attachEngine, attachments } = setUp({ path: "/#invite=bob" });
    await app.creation.getState().create(" Alice ");
    expect(address.paths()).toEqual(["/#invite=bob", "/u/alice#invite=bob"]);
    expect(app.session.getState().current?.username).toBe("alice");
    expect(attachEngine).toHaveBeenCalledExactlyOnceWith("alice");
    expect(attachments[0]?.isDetached()).toBe(false);
  });

  it("stays on the start page when the account was refused, and lets the engine go", async () => {
    const { app, address, engine, attachments } = setUp({});
    engine.answers.register = { kind: "name-taken" };
    await app.creation.getState().create("alice");
    expect(app.creation.getState().refusal).toEqual({ username: "alice", registration: { kind: "name-taken" } });
    expect(address.paths()).toEqual(["/"]);
    expect(attachments[0]?.isDetached()).toBe(true);
  });

  it("shows a box for an invite code once the relay asks for one, and hands over what is typed there", async () => {
    const { app, address, engine } = setUp({});
    const creation = () => app.creation.getState();
    expect(creation().invite).toBeNull();
    engine.answers.register = { kind: "invite-required" };
    await creation().create("alice");
    expect(creation()).toMatchObject({ invite: "", refusal: { registration: { kind: "invite-required" } } });
    creation().setInvite(" the-code ");
    expect(creation()).toMatchObject({ invite: " the-code ", refusal: null });
    engine.answers.register = { kind: "invite-refused" };
    await creation().create("alice");
    expect(creation()).toMatchObject({ invite: " the-code ", refusal: { registration: { kind: "invite-refused" } } });
    engine.answers.register = { kind: "registered" };
    await creation().create("alice");
    expect(creation()).toMatchObject({ invite: null, refusal: null });
    expect(engine.calls.filter((call) => call.startsWith("register"))).toEqual([
      "register",
      "register the-code",
      "register the-code",
    ]);
    expect(address.paths()).toEqual(["/", "/u/alice"]);
  });

  it("shows no such box when an account is refused for something else", async () => {
    const { app, engine } = setUp({});
    for (const kind of ["name-taken", "registration-closed", "offline"] as const) {
      engine.answers.register = { kind };
      await app.creation.getState().create("alice");
      expect(app.creation.getState().invite).toBeNull();
    }
  });

  it("fills that box with the code in the address, and takes it out of there", async () => {
    const { app, address, engine } = setUp({ path: "/?invite=the-code#invite=bob" });
    expect(app.creation.getState().invite).toBe("the-code");
    expect(address.paths()).toEqual(["/#invite=bob"]);
    await app.creation.getState().create("alice");
    expect(engine.calls).toContain("register the-code");
    expect(address.paths()).toEqual(["/#invite=bob", "/u/alice#invite=bob"]);
  });

  it("starts no engine for what cannot be a name", async () => {
    const { app, attachEngine } = setUp({});
    for (const typed of ["", "al", "alice smith", "-alice", "älice", "a".repeat(33)]) {
      await app.creation.getState().create(typed);
      expect(app.creation.getState().refusal?.registration.kind).toBe("username-invalid");
    }
    expect(attachEngine).not.toHaveBeenCalled();
  });

  it("does not pull a person back who left while the account was being made", async () => {
    const { app, address, attachments } = setUp({});
    const creating = app.creation.getState().create("alice");
    app.navigation.getState().go("/nowhere");
    await creating;
    expect(address.paths()).toEqual(["/", "/nowhere"]);
    expect(attachments[0]?.isDetached()).toBe(true);
  });

  it("keeps nothing in the page's memory or its history once the account is locked", async () => {
    const { app, engine, address } = setUp({ path: "/u/alice" });
    await vi.waitFor(() => expect(app.session.getState().current?.account.getState().view?.phase).toBe("ready"));
    app.navigation.getState().openConversation("bob");
    engine.change({ phase: "locked", conversations: [] });
    await vi.waitFor(() => expect(address.reloads()).toBe(1));
    expect(address.read()).toMatchObject({ pathname: "/u/alice", state: null });
  });

  it("stays where it is when the account was locked from the beginning", async () => {
    const { app, engine, address } = setUp({ path: "/u/alice" });
    engine.change({ phase: "locked" });
    await vi.waitFor(() => expect(app.session.getState().current?.account.getState().view?.phase).toBe("locked"));
    expect(address.reloads()).toBe(0);
  });

  it("leaves the account's engine when the person goes home", async () => {
    const { app, attachments } = setUp({ path: "/u/alice" });
    await vi.waitFor(() => expect(app.session.getState().current?.account.getState().view).not.toBeNull());
    app.navigation.getState().go("/");
    expect(app.session.getState().current).toBeNull();
    expect(attachments[0]?.isDetached()).toBe(true);
  });

  it("lets an engine go that answers after the person has left", async () => {
    const { app, attachments } = setUp({ path: "/u/alice" });
    app.navigation.getState().go("/");
    await vi.waitFor(() => expect(attachments[0]?.isDetached()).toBe(true));
  });

  it("opens a started conversation and takes the invitation out of the address", async () => {
    const { app, address } = setUp({ path: "/u/alice#invite=bob" });
    await expect(app.startConversation("Bob ")).resolves.toBe(true);
    expect(app.navigation.getState()).toMatchObject({ openPeer: "bob", route: { invite: null } });
    expect(app.session.getState().current?.conversations.getState().openPeer).toBe("bob");
    address.back();
    expect(app.session.getState().current?.conversations.getState().openPeer).toBeNull();
  });

  it("opens nothing when starting was refused, and keeps the invitation", async () => {
    const { app, engine } = setUp({ path: "/u/alice#invite=bob" });
    engine.answers.start = { kind: "unknown-user" };
    await expect(app.startConversation("bob")).resolves.toBe(false);
    expect(app.navigation.getState()).toMatchObject({ openPeer: null, route: { invite: "bob" } });
    expect(app.session.getState().current?.account.getState().startRefusal).toEqual({
      peer: "bob",
      outcome: { kind: "unknown-user" },
    });
  });
});
