/** The process that makes the load, apart from the relay and from who measures: does one job after the other. */
import { WebSocket } from "ws";
import { signQuickly } from "../../relay/testing/quick-signature.ts";
import type { Bytes } from "../../relay/wire/bytes.ts";
import { formatAuthenticateFrame, liveStatement, parseRelayFrame } from "../../relay/wire/live.ts";
import { formatAcknowledgeRequest, parseReceiveResponse, type ReceiveResponse } from "../../relay/wire/mail.ts";
import { HttpConnection } from "./http-connection.ts";
import {
  type Account,
  type Flood,
  type FloodResult,
  type Idle,
  type IdleResult,
  type Job,
  type Latencies,
  type Live,
  latencies,
  type Mailbox,
  type MailboxResult,
} from "./jobs.ts";
import { secretKeyOf, sending, signedBytes } from "./signed-requests.ts";

/** The most that one `send` holds. */
const ENVELOPES_PER_SEND = 32;

async function flood(job: Flood): Promise<FloodResult> {
  const { port, path, senders, recipients, concurrency, milliseconds, requests, repeats } = job;
  const waiting = Array.from({ length: requests }, (_, index) => {
    const sender = senders[index % senders.length];
    if (!sender) throw new Error("nobody sends");
    const json = sending(recipients[index % recipients.length] ?? "");
    return signedBytes(sender, port, { method: "POST", target: path, json });
  });
  const connections = await Promise.all(Array.from({ length: concurrency }, () => HttpConnection.open(port)));
  const durations: number[] = [];
  let next = 0;
  const began = performance.now();
  const work = async (connection: HttpConnection) => {
    for (;;) {
      const sent = performance.now();
      const request = waiting[repeats ? next % requests : next];
      next += 1;
      if (!request || sent - began > milliseconds) return;
      await connection.exchange(request);
      durations.push(performance.now() - sent);
    }
  };
  await Promise.all(connections.map(work));
  const seconds = (performance.now() - began) / 1000;
  for (const connection of connections) connection.close();
  return { perSecond: durations.length / seconds, ...latencies(durations) };
}

async function live({ port, sender, recipient, messages }: Live): Promise<Latencies> {
  const socket = await openSocket(port, recipient);
  const connection = await HttpConnection.open(port);
  const durations: number[] = [];
  for (let message = 0; message < messages; message++) {
    const request = signedBytes(sender, port, {
      method: "POST",
      target: "/api/send",
      json: sending(recipient.username),
    });
    const arrived = new Promise((resolve) => socket.once("message", resolve));
    const sent = performance.now();
    const answered = connection.exchange(request);
    await arrived;
    durations.push(performance.now() - sent);
    await answered;
  }
  socket.terminate();
  connection.close();
  return latencies(durations);
}

async function idle({ port, accounts, socketsEach }: Idle): Promise<IdleResult> {
  let sockets = 0;
  for (let each = 0; each < socketsEach; each++) {
    await Promise.all(accounts.map((account) => openSocket(port, account)));
    sockets += accounts.length;
  }
  return { sockets };
}

/** Opens a live socket and proves who it is; resolves once mail would be pushed. */
function openSocket(port: number, account: Account): Promise<WebSocket> {
  const origin = `http://localhost:${port}`;
  const keyId = { username: account.username, device: 1 };
  const secretKey = secretKeyOf(account);
  const answer = (challenge: Bytes) =>
    formatAuthenticateFrame({
      keyId,
      origin,
      signature: signQuickly(liveStatement(origin, challenge, keyId), secretKey),
    });
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/live`);
    const read = (message: Buffer) => {
      const frame = parseRelayFrame(message.toString());
      if (frame?.type === "challenge") socket.send(answer(frame.challenge));
      if (frame?.type !== "ready") return;
      socket.off("message", read);
      resolve(socket);
    };
    socket.on("message", read);
    socket.on("error", reject);
    socket.on("close", (code, reason) => reject(new Error(`socket closed with ${code} ${reason.toString()}`)));
  });
}

async function mailbox({ port, sender, recipient, messages }: Mailbox): Promise<MailboxResult> {
  const connection = await HttpConnection.open(port);
  for (let left = messages; left > 0; left -= ENVELOPES_PER_SEND) {
    const json = sending(recipient.username, Math.min(left, ENVELOPES_PER_SEND));
    await connection.exchange(signedBytes(sender, port, { method: "POST", target: "/api/send", json }));
  }
  const page = async (after: string): Promise<ReceiveResponse> => {
    const target = `/api/receive/${recipient.username}?after=${after}`;
    const body = await connection.exchange(signedBytes(recipient, port, { method: "GET", target }));
    const received = parseReceiveResponse(JSON.parse(body.toString()));
    if (!received) throw new Error("receive did not answer with a page");
    return received;
  };
  const began = performance.now();
  let received = 0;
  for (let after: string | null = "0"; after !== null; ) {
    const { envelopes, next }: ReceiveResponse = await page(after);
    received += envelopes.length;
    after = next;
  }
  const receive = performance.now() - began;
  if (received !== messages) throw new Error(`expected ${messages} messages, received ${received}`);
  const beganAgain = performance.now();
  for (;;) {
    const { envelopes } = await page("0");
    if (envelopes.length === 0) break;
    const target = `/api/acknowledge/${recipient.username}`;
    await connection.exchange(
      signedBytes(recipient, port, { method: "POST", target, json: formatAcknowledgeRequest(envelopes) }),
    );
  }
  const handOver = performance.now() - beganAgain;
  connection.close();
  return { messages, receive, handOver };
}

function perform(job: Job): Promise<unknown> {
  switch (job.kind) {
    case "flood":
      return flood(job);
    case "live":
      return live(job);
    case "idle":
      return idle(job);
    case "mailbox":
      return mailbox(job);
  }
}

process.on("message", (job: Job) => {
  perform(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
