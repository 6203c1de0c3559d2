/**
 * Reads our mailbox on the relay from its beginning to its end, page by page. While one page is opened the next is
 * fetched: never more than that, so that a long backlog takes the memory of two pages.
 */
import type { ReceiveResponse } from "../../relay/wire/mail.ts";
import type { Answer, RelayClient } from "./relay-client.ts";

/** How far the reading of a mailbox of several pages has come. */
export interface MailboxProgress {
  /** Envelopes dealt with. */
  readonly opened: number;
  /** Those and what waited behind them when the reading began; null when the relay does not say. */
  readonly total: number | null;
}

export class MailboxReader {
  readonly #relay: Pick<RelayClient, "receive">;
  #page: Promise<Answer<ReceiveResponse>> | null = null;
  #isUnderway = false;
  /** Whether it is asked for anew, so that what came meanwhile is found as well. */
  #again = false;
  #opened = 0;
  #total: number | null = null;

  constructor(relay: Pick<RelayClient, "receive">) {
    this.#relay = relay;
  }

  /** From the first page that was asked for until the last one is dealt with. */
  get isUnderway(): boolean {
    return this.#isUnderway;
  }

  /** null while it does not show that there is more than a page. */
  get progress(): MailboxProgress | null {
    return this.#opened === 0 ? null : { opened: this.#opened, total: this.#total };
  }

  /**
   * The mailbox is asked for. While it is read already it is read once more afterwards: the last page may have been
   * answered before the mail was there that is asked for.
   */
  readAgain(): void {
    if (this.#isUnderway) this.#again = true;
  }

  /** The page that is to be opened now. */
  async read(): Promise<Answer<ReceiveResponse>> {
    this.#isUnderway = true;
    const answer = await (this.#page ?? this.#relay.receive(null));
    this.#page = null;
    if (answer.kind === "ok") {
      this.#total ??= answer.value.waiting ?? null;
      if (answer.value.next !== null) this.#page = this.#relay.receive(answer.value.next);
    }
    return answer;
  }

  /** So many envelopes of the page that was read are dealt with. Returns whether there is more to read. */
  advance(count: number): boolean {
    if (this.#page !== null) {
      this.#opened += count;
      return true;
    }
    const again = this.#again;
    this.abandon();
    this.#isUnderway = again;
    return again;
  }

  /** Ends the reading; the next begins at the first page. */
  abandon(): void {
    // Its answer has become worthless, its failure too.
    this.#page?.catch(() => undefined);
    this.#page = null;
    this.#isUnderway = false;
    this.#again = false;
    this.#opened = 0;
    this.#total = null;
  }
}
