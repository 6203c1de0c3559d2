/** A browser that Playwright does not drive here, as far as the main journeys need it. */

export interface Tab {
  goto(address: string): Promise<void>;
  /** Evaluates an expression in the page; resolves to its value, which must be JSON. */
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

export interface OtherBrowser {
  /** E.g. `Firefox 140.12`. */
  readonly name: string;
  /** Whether an account that was locked can be opened again. */
  readonly canLock: boolean;
  openTab(): Promise<Tab>;
  close(): Promise<void>;
}

/** The browser, or its driver, is not on this machine. */
export class NotHereError extends Error {
  override readonly name = "NotHereError";
}
