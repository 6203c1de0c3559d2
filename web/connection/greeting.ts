/**
 * The first words between page and worker. The page says which version it speaks, under which Web Lock it lives, and
 * hands over one end of a channel; the worker answers there with its own version. Only if they are the same does
 * anything else follow, so these two messages must stay readable in every version.
 */

export interface Hello {
  readonly kind: "sotto/hello";
  /** ENGINE_API_VERSION of the page. */
  readonly version: number;
  /** The name of a Web Lock that the page holds for as long as it is attached. */
  readonly tabLock: string;
  readonly port: MessagePort;
}

export interface Welcome {
  readonly kind: "sotto/welcome";
  /** ENGINE_API_VERSION of the worker. */
  readonly version: number;
  /** The worker can serve nobody: this browser lets none of its kind keep keys. A worker of the tab's own can. */
  readonly unfit?: boolean;
}

/** Said to the other workers of an account by the one that has just taken its seat. */
export const MOVED = "sotto/moved";

/** null when the message is no greeting. */
export function parseHello(message: unknown): Hello | null {
  if (!isKind(message, "sotto/hello")) return null;
  if (!("version" in message && "tabLock" in message && "port" in message)) return null;
  const { version, tabLock, port } = message;
  if (typeof version !== "number" || typeof tabLock !== "string" || !(port instanceof MessagePort)) return null;
  return { kind: "sotto/hello", version, tabLock, port };
}

/** null when the message is no answer to a greeting. */
export function parseWelcome(message: unknown): Welcome | null {
  if (!isKind(message, "sotto/welcome") || !("version" in message)) return null;
  const unfit = "unfit" in message && message.unfit === true;
  return typeof message.version === "number" ? { kind: "sotto/welcome", version: message.version, unfit } : null;
}

function isKind(message: unknown, kind: string): message is { readonly kind: string } {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === kind;
}
