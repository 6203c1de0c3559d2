/** A relay's evil twin within the process: it stands between one engine and an honest relay, and alters what comes. */
import { type Bundle, formatBundle, parseBundle } from "../../../relay/wire/keys.ts";
import { formatReceivedEnvelope, parseReceiveResponse, type ReceivedEnvelope } from "../../../relay/wire/mail.ts";
import {
  type LiveHandlers,
  type RelayNetwork,
  type RelayRequest,
  type RelayResponse,
  UnreachableError,
} from "../ports.ts";

export interface HostileScript {
  /** The JSON to hand out in place of an account's bundle. */
  readonly bundle?: (bundle: Bundle, username: string) => unknown;
  /** What comes in place of an envelope, live and from the mailbox. */
  readonly mail?: (envelope: ReceivedEnvelope) => readonly ReceivedEnvelope[];
  /** What comes in place of any other answer; "lost" for none. */
  readonly answer?: (target: string, response: RelayResponse) => RelayResponse | "lost";
}

export class HostileNetwork {
  /** Every request of the engine, oldest first. */
  readonly requests: RelayRequest[] = [];
  /** Every envelope that came from the honest relay, oldest first; the same one may come live and from the mailbox. */
  readonly envelopes: ReceivedEnvelope[] = [];
  /** Targets of the requests that the relay has granted. */
  readonly #granted: string[] = [];
  readonly #waiting = new Set<() => void>();
  #script: HostileScript = {};
  #live: LiveHandlers | null = null;

  /** For `wrapNetwork` of `startPerson`. */
  readonly wrap = (network: RelayNetwork): RelayNetwork => ({
    ...network,
    request: async (request) => {
      this.requests.push(request);
      const response = await network.request(request);
      if (response.status === 200) this.#granted.push(request.target);
      for (const look of this.#waiting) look();
      const answer = this.#script.answer?.(request.target, response) ?? response;
      if (answer === "lost") throw new UnreachableError("answer was lost");
      return this.#alter(request, answer);
    },
    connectLive: (handlers) => {
      this.#live = handlers;
      return network.connectLive({
        ...handlers,
        onMail: (envelope) => {
          for (const altered of this.#mail(envelope)) handlers.onMail(altered);
        },
      });
    },
  });

  /** Follows this script from now on, and no other; without one it is honest. */
  follow(script: HostileScript = {}): void {
    this.#script = script;
  }

  /** Pushes envelopes to the engine, which must be connected and have fetched its mailbox. */
  push(...envelopes: readonly ReceivedEnvelope[]): void {
    if (this.#live === null) throw new Error("the engine is not connected yet");
    for (const envelope of envelopes) this.#live.onMail(envelope);
  }

  /** How often someone's keys were handed out. */
  countFetches(username: string): number {
    return this.#granted.filter((target) => target === `/api/get_keys/${username}`).length;
  }

  /** Resolves when the relay has granted a request for this target, now or before. */
  async untilGranted(target: string): Promise<void> {
    await this.until(() => this.#granted.includes(target));
  }

  /** Resolves when this holds, which is looked at after each answer. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  #mail(envelope: ReceivedEnvelope): readonly ReceivedEnvelope[] {
    this.envelopes.push(envelope);
    return this.#script.mail?.(envelope) ?? [envelope];
  }

  #alter({ target }: RelayRequest, response: RelayResponse): RelayResponse {
    if (response.status !== 200) return response;
    const [, operation, username = ""] = /^\/api\/(get_keys|receive)\/([^/?]+)/.exec(target) ?? [];
    if (operation === "get_keys") {
      const bundle = parseBundle(response.json);
      if (bundle === null) throw new Error("the honest relay must answer with a bundle");
      return { ...response, json: this.#script.bundle?.(bundle, username) ?? formatBundle(bundle) };
    }
    if (operation === "receive") {
      const page = parseReceiveResponse(response.json);
      if (page === null) throw new Error("the honest relay must answer with a page");
      const envelopes = page.envelopes.flatMap((envelope) => this.#mail(envelope)).map(formatReceivedEnvelope);
      return { ...response, json: { ...page, envelopes } };
    }
    return response;
  }
}
