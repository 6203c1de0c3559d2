/** One HTTP request for tests, sent exactly as it is given: no client of its own adds or mends anything. */
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";

export interface TestResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** The same as text. */
  readonly text: string;
  /** undefined when the body is no JSON. */
  readonly json: unknown;
}

/** A request as it goes over the wire, after signing. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Sends a request to the server at `address`. */
export function exchange(address: string, { method, target, headers, body }: WireRequest): Promise<TestResponse> {
  const { hostname, port } = new URL(address);
  const length = Buffer.byteLength(body);
  const lengthHeader = length > 0 || method === "POST" ? { "content-length": String(length) } : {};
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { hostname, port, method, path: target, headers: { ...headers, ...lengthHeader }, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text, json: parseJson(text) });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
