/** A relay's configuration, from the environment. Everything is checked at start, with one clear line per fault. */
import { resolve } from "node:path";

export interface Configuration {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The folder of the database. */
  readonly dataFolder: string;
  /** What browsers call this relay, e.g. `https://chat.example`; null for the loopback names at the port. */
  readonly publicOrigin: string | null;
  /** The folder of the built app. */
  readonly appFolder: string;
}

export type ConfigurationOutcome =
  | { readonly kind: "valid"; readonly configuration: Configuration }
  | { readonly kind: "invalid"; readonly faults: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads HOST, PORT, RELAY_DATA, RELAY_PUBLIC_ORIGIN and RELAY_APP; empty values count as absent. */
export function readConfiguration(environment: Environment, defaultAppFolder: string): ConfigurationOutcome {
  const faults: string[] = [];
  const read = <T>(name: string, fallback: T, parse: (text: string) => T | null, expected: string): T => {
    const text = environment[name]?.trim();
    if (text === undefined || text === "") return fallback;
    const value = parse(text);
    if (value === null) faults.push(`${name} must be ${expected}, got ${JSON.stringify(text)}`);
    return value ?? fallback;
  };
  const configuration: Configuration = {
    host: read("HOST", "127.0.0.1", parseHost, "an address or host name to listen on"),
    port: read("PORT", 8080, parsePort, "a number from 0 to 65535"),
    dataFolder: read("RELAY_DATA", resolve("data"), parseFolder, "a folder"),
    publicOrigin: read<string | null>(
      "RELAY_PUBLIC_ORIGIN",
      null,
      parseOrigin,
      "one origin such as https://chat.example",
    ),
    appFolder: read("RELAY_APP", defaultAppFolder, parseFolder, "a folder"),
  };
  return faults.length === 0 ? { kind: "valid", configuration } : { kind: "invalid", faults };
}

function parseHost(text: string): string | null {
  return /^[A-Za-z0-9.:_-]{1,253}$/.test(text) ? text : null;
}

function parsePort(text: string): number | null {
  return /^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;
}

function parseFolder(text: string): string | null {
  return text.includes("\0") ? null : resolve(text);
}

/** An origin in its one spelling; a trailing slash is forgiven, a path, user or query is not. */
function parseOrigin(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const web = url.protocol === "https:" || url.protocol === "http:";
  return web && url.href === `${url.origin}/` && !text.includes("*") ? url.origin : null;
}
