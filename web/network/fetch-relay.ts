/** One attempt at one request, over `fetch`: a whole answer within the limits of time and size, or UnreachableError. */
import { MAX_ENVELOPE_BYTES, MAX_ENVELOPES_PER_PAGE } from "../../relay/wire/limits.ts";
import { MAX_RETRY_AFTER_MS, type RelayRequest, type RelayResponse, UnreachableError } from "../engine/ports.ts";

/** The part of `fetch` that is used, so that Node's serves as well as a browser's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How long a whole answer may take, in milliseconds. */
const REQUEST_TIME_LIMIT = 15_000;

/** The largest answer there is, in bytes: a full page of the largest envelopes in base64url, with their names. */
export const MAX_RESPONSE_BYTES = MAX_ENVELOPES_PER_PAGE * (Math.ceil((MAX_ENVELOPE_BYTES * 4) / 3) + 1024);

export interface FetchRelayOptions {
  /** Without a slash at the end, e.g. `https://chat.example`. */
  readonly origin: string;
  readonly fetch: Fetch;
  /** Milliseconds; REQUEST_TIME_LIMIT unless told otherwise. */
  readonly timeLimit?: number;
}

/** Makes the relay's `request`. The answer of any status counts, also one that is not JSON. */
export function fetchRelay(options: FetchRelayOptions): (request: RelayRequest) => Promise<RelayResponse> {
  const { origin, fetch, timeLimit = REQUEST_TIME_LIMIT } = options;
  return async ({ method, target, headers, body }) => {
    try {
      const response = await fetch(origin + target, {
        method,
        headers: body === null ? headers : { "content-type": "application/json", ...headers },
        body,
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        referrerPolicy: "no-referrer",
        signal: AbortSignal.timeout(timeLimit),
      });
      return {
        status: response.status,
        retryAfterMilliseconds: readRetryAfter(response.headers.get("retry-after")),
        json: parseJson(await readText(response)),
      };
    } catch (cause) {
      throw new UnreachableError("no whole answer came from the relay", { cause });
    }
  };
}

async function readText(response: Response): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    length += value.length;
    if (length > MAX_RESPONSE_BYTES) {
      await reader.cancel();
      throw new RangeError(`answer must be at most ${MAX_RESPONSE_BYTES} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** Whole seconds (RFC 9110 §10.2.3), as relays say it; a date, as proxies may, is passed over. */
function readRetryAfter(header: string | null): number | undefined {
  return header !== null && /^[0-9]+$/.test(header) ? Math.min(Number(header) * 1000, MAX_RETRY_AFTER_MS) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
