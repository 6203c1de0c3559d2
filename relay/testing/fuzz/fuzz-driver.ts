/** Sends what fuzzers make to a relay and says what is wrong with an answer. */
import { Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import type { Bytes } from "../../wire/bytes.ts";
import { formatPublishRequest } from "../../wire/keys.ts";
import { freshPrekeys, type SigningOverrides, TestClient } from "../test-client.ts";
import type { WireRequest } from "../test-exchange.ts";
import { type FuzzRequest, MEMBERS, OWN_NAME, STRANGER } from "./fuzz-requests.ts";
import { mutateJson } from "./json-mutations.ts";
import { tamper } from "./tampering.ts";

/** How long an answer may take: the relay hangs otherwise. */
export const PATIENCE_MILLISECONDS = 30_000;
const PUBLICATIONS = 6;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Signer {
  readonly client: TestClient;
  /** Bodies of valid publications, and of one with a prekey of small order. */
  readonly publications: readonly unknown[];
}

export class FuzzDriver {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #signers: ReadonlyMap<string, Signer>;
  #lastNonce: Bytes | null = null;

  private constructor(port: number, signers: ReadonlyMap<string, Signer>) {
    this.#port = port;
    this.#signers = signers;
  }

  /** Registers the members at a relay. */
  static async open(origin: string): Promise<FuzzDriver> {
    const signers = new Map<string, Signer>();
    for (const username of [...MEMBERS, STRANGER]) {
      const client = new TestClient({ origin, username });
      const valid = Array.from({ length: PUBLICATIONS }, (_, index) => publicationOf(client, freshPrekeys(index)));
      const publications = [...valid, publicationOf(client, [new Uint8Array(32)])];
      signers.set(username, { client, publications });
    }
    const driver = new FuzzDriver(Number(new URL(origin).port), signers);
    for (const username of MEMBERS) await driver.register(username);
    return driver;
  }

  close(): void {
    this.#agent.destroy();
  }

  client(username: string): TestClient {
    return this.#signerOf(username).client;
  }

  async register(username: string): Promise<void> {
    const { status, text } = await this.client(username).publish();
    if (status !== 200) throw new Error(`publish_keys answered ${status} ${text}`);
  }

  /** Makes the request as it goes over the wire. */
  prepare(fuzz: FuzzRequest): WireRequest {
    const { client } = this.#signerOf(fuzz.signer);
    const body = this.#bodyOf(fuzz);
    const { method } = fuzz;
    const target = fuzz.target.replace(OWN_NAME, fuzz.signer);
    const sign = this.#lieOf(fuzz);
    const signed = client.sign({ method, target, sign, ...(body === undefined ? {} : { body }) });
    return tamper(signed, fuzz.tampering);
  }

  /** Sends it; rejects when the relay does not answer at all. */
  send({ method, target, headers, body }: WireRequest): Promise<Answer> {
    const bodyHeaders =
      body.length > 0 || method === "POST" ? { "content-length": String(Buffer.byteLength(body)) } : {};
    return new Promise((resolve, reject) => {
      const sent = httpRequest(
        {
          host: "127.0.0.1",
          port: this.#port,
          method,
          path: escapeTarget(target),
          headers: { ...headers, ...bodyHeaders },
          agent: this.#agent,
          timeout: PATIENCE_MILLISECONDS,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          });
        },
      );
      sent.on("timeout", () => sent.destroy(new Error("relay does not answer")));
      sent.on("error", reject);
      sent.end(body);
    });
  }

  #signerOf(username: string): Signer {
    const signer = this.#signers.get(username);
    if (!signer) throw new Error("nobody signs under this name");
    return signer;
  }

  #bodyOf({ content, signer, mutations }: FuzzRequest): unknown {
    if (content.kind === "none") return undefined;
    if (content.kind === "bytes") return new Uint8Array(content.length).fill(content.value);
    const { publications } = this.#signerOf(signer);
    const json = content.kind === "json" ? content.json : publications[content.index % publications.length];
    return JSON.stringify(mutateJson(json, mutations)) ?? "";
  }

  #lieOf({ lie }: FuzzRequest): SigningOverrides {
    const now = Math.floor(Date.now() / 1000);
    const nonce = Uint8Array.from(crypto.getRandomValues(new Uint8Array(16)));
    const replayed = this.#lastNonce ?? nonce;
    this.#lastNonce = nonce;
    switch (lie) {
      case "none":
        return { nonce };
      case "old":
        return { nonce, created: now - 1000 };
      case "future":
        return { nonce, created: now + 100_000 };
      case "replayed":
        return { nonce: replayed };
      case "other-key":
        return { nonce, secretKey: this.client(STRANGER).deviceSecretKey };
      case "other-device":
        return { nonce, keyId: { username: "alice", device: 2 } };
      case "other-authority":
        return { nonce, authority: "other.example" };
    }
  }
}

function publicationOf(client: TestClient, oneTimePrekeys: readonly Bytes[]): unknown {
  return formatPublishRequest({
    manifest: client.manifest.statement,
    signature: client.signManifest(client.manifest),
    oneTimePrekeys: [...oneTimePrekeys],
    oneTimeKemPrekeys: [...client.freshKemPrekeys(oneTimePrekeys.length)],
    identityChange: null,
    replace: oneTimePrekeys.length % 2 === 0,
    invite: null,
  });
}

/** Node's client sends no other characters in a path; raw bytes are fuzz-sockets.ts's matter. */
function escapeTarget(target: string): string {
  return target.replace(/[^!-~]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
