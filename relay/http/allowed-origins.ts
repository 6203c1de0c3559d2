/** Which addresses a relay answers to. A signature made for another relay's authority is worth nothing here. */

export interface AllowedOrigins {
  /** E.g. `https://chat.example`. */
  readonly origins: ReadonlySet<string>;
  /** Their hosts, lower case, with the port unless it is the scheme's own. */
  readonly authorities: ReadonlySet<string>;
  /** The origins of pages that may open a live socket: the relay's own, and those it was told. */
  readonly pages: ReadonlySet<string>;
}

/**
 * One public origin or, when there is none, every loopback name at the port that the relay listens on. Pages of the
 * origins `elsewhere` may use the relay, too; what they sign names the relay's own.
 */
export function allowedOrigins(
  publicOrigin: string | null,
  port: number,
  elsewhere: readonly string[] = [],
): AllowedOrigins {
  const given =
    publicOrigin === null
      ? ["localhost", "127.0.0.1", "[::1]"].map((name) => `http://${name}:${port}`)
      : [publicOrigin];
  const urls = given.map((origin) => new URL(origin));
  const origins = urls.map(({ origin }) => origin);
  return {
    origins: new Set(origins),
    authorities: new Set(urls.map(({ host }) => host)),
    pages: new Set([...origins, ...elsewhere]),
  };
}
