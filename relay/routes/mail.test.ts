import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { encode, freshEnvelope, type TestClient } from "../testing/test-client.ts";
import { startTestRelay, type TestRelayOptions } from "../testing/test-relay.ts";
import { MAX_ACKNOWLEDGEMENTS, MAX_ENVELOPE_BYTES, MAX_ENVELOPES_PER_SEND } from "../wire/limits.ts";
import { formatSendRequest, parseReceiveResponse, type ReceiveResponse } from "../wire/mail.ts";

const DAY = 86_400_000;

async function startWithTwo(options: TestRelayOptions = {}) {
  const relay = await startTestRelay(options);
  return { relay, alice: await relay.member("alice"), bob: await relay.member("bob") };
}

async function page(client: TestClient, after?: string): Promise<ReceiveResponse> {
  const answer = parseReceiveResponse((await client.receive(after)).json);
  if (!answer) throw new Error("receive did not answer with a page");
  return answer;
}

const bytes = (length: number) => Uint8Array.from(randomBytes(length));
const nameOf = ({ id }: { readonly id: Uint8Array<ArrayBuffer> }) => ({ from: "alice", fromDevice: 1, id });

describe("sending and receiving", () => {
  it("passes envelopes on as they are, in order, until they are acknowledged", async () => {
    const { relay, alice, bob } = await startWithTwo();
    const sent = [freshEnvelope(), freshEnvelope(), freshEnvelope()];
    for (const envelope of sent) expect((await alice.send("bob", [envelope])).json).toEqual({ accepted: 1 });
    const expected = sent.map(({ id, body }) => ({
      id,
      from: "alice",
      fromDevice: 1,
      toDevice: 1,
      body,
      receivedAt: relay.now(),
    }));
    expect(await page(bob)).toEqual({ envelopes: expected, next: null });
    expect(await page(bob)).toEqual({ envelopes: expected, next: null });
    expect((await bob.acknowledge(sent.slice(0, 2).map(nameOf))).status).toBe(200);
    expect((await page(bob)).envelopes).toEqual(expected.slice(2));
    expect((await bob.acknowledge(sent.map(nameOf))).status).toBe(200);
    expect((await bob.acknowledge(sent.map(nameOf))).status).toBe(200);
    expect(await page(bob)).toEqual({ envelopes: [], next: null });
    expect(await page(alice)).toEqual({ envelopes: [], next: null });
  });

  it("takes what is sent twice as one message, and refuses the same id with another body", async () => {
    const { alice, bob } = await startWithTwo();
    const envelope = freshEnvelope();
    for (let time = 0; time < 2; time += 1) {
      expect(await alice.send("bob", [envelope])).toMatchObject({ status: 200, json: { accepted: 1 } });
    }
    const conflict = await alice.send("bob", [freshEnvelope(), { ...envelope, body: bytes(64) }]);
    expect(conflict).toMatchObject({ status: 409, json: { error: "envelope-conflict" } });
    expect((await page(bob)).envelopes.map(({ id }) => id)).toEqual([envelope.id]);
    await bob.acknowledge([nameOf(envelope)]);
    expect((await alice.send("bob", [envelope])).json).toEqual({ accepted: 1 });
    expect((await alice.send("bob", [{ ...envelope, body: bytes(64) }])).status).toBe(409);
    expect((await page(bob)).envelopes).toEqual([]);
  });

  it("accepts a hundred sends of one envelope at once as one message", async () => {
    const { alice, bob } = await startWithTwo();
    const envelope = freshEnvelope();
    const answers = await Promise.all(Array.from({ length: 100 }, () => alice.send("bob", [envelope])));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await page(bob)).envelopes).toHaveLength(1);
  });

  it("keeps what it accepted when it is started anew", async () => {
    const { relay, alice } = await startWithTwo();
    const envelope = freshEnvelope();
    await alice.send("bob", [envelope]);
    await relay.stop();
    const restarted = await startTestRelay({ folder: relay.folder });
    const mailbox = { username: "bob", device: 1 };
    const { envelopes } = await restarted.store.listMail({ mailbox, after: 0, limit: 10, now: restarted.now() });
    expect(envelopes.map(({ body }) => body)).toEqual([envelope.body]);
  });

  it("forgets mail after thirty days, and not before", async () => {
    const { relay, alice, bob } = await startWithTwo();
    await alice.send("bob", [freshEnvelope()]);
    relay.advance(30 * DAY - 1);
    await relay.relay.sweep();
    expect((await page(bob)).envelopes).toHaveLength(1);
    relay.advance(1);
    expect((await page(bob)).envelopes).toHaveLength(0);
  });

  it("hands a mailbox out in pages", async () => {
    const { alice, bob } = await startWithTwo({ limits: { envelopesPerPage: 3 } });
    const sent = Array.from({ length: 7 }, () => freshEnvelope());
    await alice.send("bob", sent);
    const received: string[] = [];
    let after: string | undefined;
    for (let pages = 1; pages <= 3; pages += 1) {
      const { envelopes, next, waiting } = await page(bob, after);
      expect(waiting, `page ${pages}`).toBe(pages === 1 ? 7 : undefined);
      received.push(...envelopes.map(({ id }) => encode(id)));
      expect(next === null, `page ${pages}`).toBe(pages === 3);
      after = next ?? undefined;
    }
    expect(received).toEqual(sent.map(({ id }) => encode(id)));
  });

  it("refuses a page that no page named", async () => {
    const { bob } = await startWithTwo();
    for (const after of ["-1", "01", "x", "", "1.5", "1e3", "9".repeat(20), "1&after=2"]) {
      expect(await bob.receive(after), after).toMatchObject({ status: 400, json: { error: "bad-request" } });
    }
  });

  it("refuses to send to nobody, or to a device that is not there", async () => {
    const { alice, bob } = await startWithTwo();
    expect(await alice.send("nobody", [freshEnvelope()])).toMatchObject({
      status: 404,
      json: { error: "unknown-user" },
    });
    const elsewhere = { ...freshEnvelope(), toDevice: 2 };
    expect((await alice.send("bob", [freshEnvelope(), elsewhere])).json).toEqual({ error: "unknown-user" });
    expect((await page(bob)).envelopes).toEqual([]);
  });

  it("refuses to read or acknowledge for somebody else", async () => {
    const { alice, bob } = await startWithTwo();
    const envelope = freshEnvelope();
    await alice.send("bob", [envelope]);
    const read = await alice.request({ method: "GET", target: "/api/receive/bob" });
    expect(read).toMatchObject({ status: 403, json: { error: "forbidden" } });
    const body = { envelopes: [{ from: "alice", fromDevice: 1, id: encode(envelope.id) }] };
    const acknowledged = await alice.request({ method: "POST", target: "/api/acknowledge/bob", body });
    expect(acknowledged).toMatchObject({ status: 403, json: { error: "forbidden" } });
    expect((await page(bob)).envelopes).toHaveLength(1);
  });
});

describe("the limits of mail", () => {
  it("are kept for one envelope's body", async () => {
    const { alice } = await startWithTwo();
    for (const [length, status] of [
      [1, 200],
      [MAX_ENVELOPE_BYTES - 1, 200],
      [MAX_ENVELOPE_BYTES, 200],
      [MAX_ENVELOPE_BYTES + 1, 400],
      [0, 400],
    ] as const) {
      expect((await alice.send("bob", [freshEnvelope(bytes(length))])).status, String(length)).toBe(status);
    }
  });

  it("are kept for the envelopes of one send and the names of one acknowledgement", async () => {
    const { alice, bob } = await startWithTwo();
    const envelopes = (count: number) => Array.from({ length: count }, () => freshEnvelope(bytes(1)));
    expect((await alice.send("bob", envelopes(MAX_ENVELOPES_PER_SEND))).json).toEqual({
      accepted: MAX_ENVELOPES_PER_SEND,
    });
    for (const count of [0, MAX_ENVELOPES_PER_SEND + 1]) {
      expect((await alice.send("bob", envelopes(count))).json).toEqual({ error: "bad-request" });
    }
    expect((await bob.acknowledge(envelopes(MAX_ACKNOWLEDGEMENTS).map(nameOf))).status).toBe(200);
    for (const count of [0, MAX_ACKNOWLEDGEMENTS + 1]) {
      expect((await bob.acknowledge(envelopes(count).map(nameOf))).json).toEqual({ error: "bad-request" });
    }
  });

  it("are kept for a mailbox, without trimming what it holds", async () => {
    const { alice, bob } = await startWithTwo({ limits: { mailboxEnvelopes: 3 } });
    const [first = freshEnvelope(), second = first] = [freshEnvelope(), freshEnvelope()];
    expect((await alice.send("bob", [first, second])).status).toBe(200);
    const twoMore = await alice.send("bob", [freshEnvelope(), freshEnvelope()]);
    expect(twoMore).toMatchObject({ status: 507, json: { error: "mailbox-full" } });
    expect((await alice.send("bob", [freshEnvelope()])).status).toBe(200);
    expect((await alice.send("bob", [freshEnvelope()])).status).toBe(507);
    expect((await alice.send("bob", [first, second])).status).toBe(200);
    expect((await page(bob)).envelopes).toHaveLength(3);
    await bob.acknowledge([nameOf(first)]);
    expect((await alice.send("bob", [freshEnvelope()])).status).toBe(200);
  });

  it("refuses unknown fields instead of ignoring them", async () => {
    const { alice } = await startWithTwo();
    const honest = formatSendRequest({ to: "bob", envelopes: [freshEnvelope()] });
    const body = { ...Object(honest), urgent: true };
    const answer = await alice.request({ method: "POST", target: "/api/send", body });
    expect(answer).toMatchObject({ status: 400, json: { error: "bad-request" } });
  });
});
