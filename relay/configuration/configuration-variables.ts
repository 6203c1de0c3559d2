/** Every variable that configures a relay, described once: reading them and `--help` both go by this table. */
import { BlockList } from "node:net";
import { resolve } from "node:path";
import { DEFAULT_BLOB_CHOICE } from "../limits.ts";
import { MAIL_LIFETIME_DAYS, MAX_MAILBOX_ENVELOPES } from "../wire/limits.ts";
import { parseAddressList } from "./address-list.ts";

export interface Configuration {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The folder of the database. */
  readonly dataFolder: string;
  /** PostgreSQL's address with user and password; null for the embedded database. Never to be shown. */
  readonly databaseUrl: string | null;
  /** What browsers call this relay, e.g. `https://chat.example`; null for the loopback names at the port. */
  readonly publicOrigin: string | null;
  /** Further origins whose pages may use this relay. */
  readonly allowedOrigins: readonly string[];
  /** The folder of the built app. */
  readonly appFolder: string;
  /** Who may register a name that nobody owns. */
  readonly registration: "open" | "invite" | "closed";
  /** How long mail is kept, in days. */
  readonly mailDays: number;
  /** Envelopes that wait for one account. */
  readonly mailboxEnvelopes: number;
  /** How long blobs (sealed attachments) are kept from being made, in days. */
  readonly blobDays: number;
  /** Mebibytes of blobs that one account may have on the relay; 0 to keep no blobs. */
  readonly blobAccountMebibytes: number;
  /** Mebibytes of everybody's blobs. */
  readonly blobTotalMebibytes: number;
  /** Addresses and networks of proxies whose word about a client's address is taken. */
  readonly trustedProxies: BlockList;
  /** Addresses and networks that may read `/metrics`. */
  readonly metricsFrom: BlockList;
  readonly logLevel: "error" | "info" | "debug";
}

export interface Variable<T> {
  readonly name: string;
  readonly meaning: string;
  /** The default as a person reads it. */
  readonly shown: string;
  /** The default; some depend on where the built app lies. */
  readonly fallback: (appFolder: string) => T;
  /** Reads what was given; null when it is not what is expected. */
  readonly parse: (text: string) => T | null;
  /** Completes the sentence "<name> must be". */
  readonly expected: string;
  /** Its value is never shown, not even in a complaint about it. */
  readonly isSecret?: boolean;
}

/** Eight tebibytes: more than an embedded database should hold. */
const MAX_MEBIBYTES = 8_388_608;

export const VARIABLES: { readonly [Key in keyof Configuration]: Variable<Configuration[Key]> } = {
  host: {
    name: "HOST",
    meaning: "the address to listen on",
    shown: "127.0.0.1",
    fallback: () => "127.0.0.1",
    parse: (text) => (/^[A-Za-z0-9.:_-]{1,253}$/.test(text) ? text : null),
    expected: "an address or host name to listen on",
  },
  port: {
    name: "PORT",
    meaning: "the port to listen on; 0 takes a free one",
    shown: "8080",
    fallback: () => 8080,
    parse: (text) => parseWhole(text, { min: 0, max: 65_535 }),
    expected: "a number from 0 to 65535",
  },
  dataFolder: {
    name: "RELAY_DATA",
    meaning: "the folder of the embedded database",
    shown: "./data",
    fallback: () => resolve("data"),
    parse: parseFolder,
    expected: "a folder",
  },
  databaseUrl: {
    name: "RELAY_DATABASE_URL",
    meaning: "a PostgreSQL database instead, e.g. postgres://user:password@host/database",
    shown: "none",
    fallback: () => null,
    parse: parseDatabaseUrl,
    expected: "an address such as postgres://user:password@host/database",
    isSecret: true,
  },
  publicOrigin: {
    name: "RELAY_PUBLIC_ORIGIN",
    meaning: "the origin people open, e.g. https://chat.example; requests signed for another are refused",
    shown: "every loopback name at the port",
    fallback: () => null,
    parse: parseOrigin,
    expected: "one origin such as https://chat.example",
  },
  allowedOrigins: {
    name: "RELAY_ALLOWED_ORIGINS",
    meaning: "further origins whose pages may use this relay, separated by commas",
    shown: "none",
    fallback: () => [],
    parse: parseOrigins,
    expected: "origins such as https://chat.example, separated by commas",
  },
  appFolder: {
    name: "RELAY_APP",
    meaning: "the folder of the app to serve",
    shown: "the built app",
    fallback: (appFolder) => appFolder,
    parse: parseFolder,
    expected: "a folder",
  },
  registration: {
    name: "RELAY_REGISTRATION",
    meaning: "who may register a name: open (everyone), invite (whoever has an invite), closed (nobody)",
    shown: "open",
    fallback: () => "open",
    parse: (text) => oneOf(text, ["open", "invite", "closed"]),
    expected: "open, invite or closed",
  },
  mailDays: {
    name: "RELAY_MAIL_DAYS",
    meaning: `how many days mail waits to be fetched before it is deleted, 1 to ${MAIL_LIFETIME_DAYS}`,
    shown: String(MAIL_LIFETIME_DAYS),
    fallback: () => MAIL_LIFETIME_DAYS,
    parse: (text) => parseWhole(text, { min: 1, max: MAIL_LIFETIME_DAYS }),
    expected: `a number of days from 1 to ${MAIL_LIFETIME_DAYS}`,
  },
  mailboxEnvelopes: {
    name: "RELAY_MAILBOX_ENVELOPES",
    meaning: "how many messages may wait for one account; the sender of one more is told",
    shown: String(MAX_MAILBOX_ENVELOPES),
    fallback: () => MAX_MAILBOX_ENVELOPES,
    parse: (text) => parseWhole(text, { min: 1, max: 1_000_000 }),
    expected: "a number from 1 to 1000000",
  },
  blobDays: {
    name: "RELAY_BLOB_DAYS",
    meaning: `how many days an attachment is kept before it is deleted, 1 to ${MAIL_LIFETIME_DAYS}`,
    shown: String(DEFAULT_BLOB_CHOICE.blobDays),
    fallback: () => DEFAULT_BLOB_CHOICE.blobDays,
    parse: (text) => parseWhole(text, { min: 1, max: MAIL_LIFETIME_DAYS }),
    expected: `a number of days from 1 to ${MAIL_LIFETIME_DAYS}`,
  },
  blobAccountMebibytes: {
    name: "RELAY_BLOB_ACCOUNT_MIB",
    meaning: "how many MiB of attachments one account may have on the relay; 0 keeps none at all",
    shown: String(DEFAULT_BLOB_CHOICE.blobAccountMebibytes),
    fallback: () => DEFAULT_BLOB_CHOICE.blobAccountMebibytes,
    parse: (text) => parseWhole(text, { min: 0, max: MAX_MEBIBYTES }),
    expected: `a number of MiB from 0 to ${MAX_MEBIBYTES}`,
  },
  blobTotalMebibytes: {
    name: "RELAY_BLOB_TOTAL_MIB",
    meaning: "how many MiB of attachments everybody together may have on the relay",
    shown: String(DEFAULT_BLOB_CHOICE.blobTotalMebibytes),
    fallback: () => DEFAULT_BLOB_CHOICE.blobTotalMebibytes,
    parse: (text) => parseWhole(text, { min: 0, max: MAX_MEBIBYTES }),
    expected: `a number of MiB from 0 to ${MAX_MEBIBYTES}`,
  },
  trustedProxies: {
    name: "RELAY_TRUSTED_PROXIES",
    meaning: "addresses and networks of proxies whose X-Forwarded-For is believed, e.g. 127.0.0.1,10.0.0.0/8",
    shown: "none",
    fallback: () => new BlockList(),
    parse: parseAddressList,
    expected: "addresses and networks such as 127.0.0.1,10.0.0.0/8",
  },
  metricsFrom: {
    name: "RELAY_METRICS_FROM",
    meaning: "addresses and networks that may read /metrics",
    shown: "127.0.0.0/8,::1",
    fallback: loopback,
    parse: parseAddressList,
    expected: "addresses and networks such as 127.0.0.1,10.0.0.0/8",
  },
  logLevel: {
    name: "RELAY_LOG",
    meaning: "how much is logged: error, info or debug (a line for every request)",
    shown: "info",
    fallback: () => "info",
    parse: (text) => oneOf(text, ["error", "info", "debug"]),
    expected: "error, info or debug",
  },
};

function loopback(): BlockList {
  const list = new BlockList();
  list.addSubnet("127.0.0.0", 8, "ipv4");
  list.addAddress("::1", "ipv6");
  return list;
}

function oneOf<T extends string>(text: string, values: readonly T[]): T | null {
  return values.find((value) => value === text) ?? null;
}

function parseWhole(text: string, { min, max }: { readonly min: number; readonly max: number }): number | null {
  return /^[0-9]{1,7}$/.test(text) && Number(text) >= min && Number(text) <= max ? Number(text) : null;
}

function parseFolder(text: string): string | null {
  return text.includes("\0") ? null : resolve(text);
}

function parseDatabaseUrl(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, search } = new URL(text);
  const isPostgres = protocol === "postgres:" || protocol === "postgresql:";
  // A database on this machine may be named by the folder of its socket alone: postgres:///sotto?host=/run/postgresql
  return isPostgres && (hostname !== "" || search !== "") ? text : null;
}

/** An origin in its one spelling; a trailing slash is forgiven, a path, user or query is not. */
function parseOrigin(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const web = url.protocol === "https:" || url.protocol === "http:";
  return web && url.href === `${url.origin}/` && !text.includes("*") ? url.origin : null;
}

function parseOrigins(text: string): readonly string[] | null {
  const origins = text.split(",").map((part) => parseOrigin(part.trim()));
  const wellFormed = origins.filter((origin) => origin !== null);
  return wellFormed.length === origins.length ? wellFormed : null;
}
