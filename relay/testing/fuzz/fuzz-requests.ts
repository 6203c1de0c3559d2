/**
 * Requests for every route, as a device makes them, and what can be wrong with them: in what is signed, so that the fault
 * reaches the route, or in what was signed already.
 */
import fc from "fast-check";
import { CHUNK_BYTES, MAX_BLOB_BYTES } from "../../wire/blob.ts";
import { toBase64url } from "../../wire/bytes.ts";
import { type JsonMutation, jsonMutation } from "./json-mutations.ts";
import { type Tampering, tampering } from "./tampering.ts";

/** Names of the accounts there are, by which requests are signed. */
export const MEMBERS = ["alice", "bob", "carol"] as const;
export type Member = (typeof MEMBERS)[number];
/** Signs as well, and nobody has registered it. */
export const STRANGER = "mallory";

type Method = "GET" | "POST" | "PUT" | "DELETE";

export type Content =
  | { readonly kind: "none" }
  | { readonly kind: "json"; readonly json: unknown }
  /** So many bytes, all of the same value. */
  | { readonly kind: "bytes"; readonly length: number; readonly value: number }
  /** A valid publication of the signer's; which one is counted modulo how many were prepared. */
  | { readonly kind: "publication"; readonly index: number };

export interface FuzzRequest {
  readonly route: string;
  readonly signer: Member | typeof STRANGER;
  readonly method: Method;
  readonly target: string;
  readonly content: Content;
  /** Made before the request is signed. */
  readonly mutations: readonly JsonMutation[];
  /** What is signed instead of the truth. */
  readonly lie: "none" | "old" | "future" | "replayed" | "other-key" | "other-device" | "other-authority";
  /** Made after the request was signed. */
  readonly tampering: Tampering;
}

/** In a target it stands for the signer's name. */
export const OWN_NAME = "{signer}";

const bytes = (minLength: number, maxLength = minLength) =>
  fc.uint8Array({ minLength, maxLength }).map((value) => toBase64url(value));

const member = fc.constantFrom(...MEMBERS);
const signer = fc.oneof({ weight: 12, arbitrary: member }, { weight: 1, arbitrary: fc.constant(STRANGER) });
const oddName = fc.oneof(
  fc.constantFrom(
    "mallory",
    "__proto__",
    "constructor",
    "al",
    "Alice",
    "alice%2Fx",
    "..",
    "%",
    "%zz",
    "%00",
    "%ff",
    "a;b",
  ),
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => encodeURIComponent(text)),
);
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constant(OWN_NAME) },
  { weight: 3, arbitrary: member },
  { weight: 1, arbitrary: oddName },
);

const longBody = fc.integer({ min: 60_000, max: 67_600 }).map((length) => toBase64url(new Uint8Array(length)));
const envelope = fc.record({
  toDevice: fc.constant(1),
  // Few ids, so that repeats and conflicts come about.
  id: fc.nat(2000).map((id) => toBase64url(Uint8Array.from({ length: 16 }, (_, index) => (id >> (index % 11)) & 255))),
  body: fc.oneof({ weight: 20, arbitrary: bytes(1, 300) }, { weight: 1, arbitrary: longBody }),
});
const sending = fc.record({ to: member, envelopes: fc.array(envelope, { minLength: 1, maxLength: 4 }) });
const envelopeName = fc.record({ from: member, fromDevice: fc.constant(1), id: envelope.map(({ id }) => id) });
const acknowledgement = fc.record({ envelopes: fc.array(envelopeName, { minLength: 1, maxLength: 5 }) });

const query = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("", "?", "?after=0", "?after=1", "?after=999") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...["-1", "1e3", "01", "999999999999999", "9999999999999999", "%00", "&after=1", "x"].map(
        (text) => `?after=${text}`,
      ),
      ...["?after[]=1", "?__proto__[x]=1", "?%", "?%ff=%fe", `?${"a=1&".repeat(2000)}`, "?after=0#x"],
    ),
  },
);

// Few blobs, so that they come to be whole, and to be in each other's way.
const blobId = fc.nat(5).map((id) => toBase64url(new Uint8Array(32).fill(id)));
const LONG = CHUNK_BYTES + 8192;
const blobLength = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(4096, 4352, LONG) },
  { weight: 1, arbitrary: fc.constantFrom(0, 4095, 4097, MAX_BLOB_BYTES, MAX_BLOB_BYTES + 1, 2 ** 53) },
);
const blobPath = fc
  .oneof({ weight: 8, arbitrary: blobId }, { weight: 1, arbitrary: oddName })
  .map((id) => `/api/blobs/${id}`);
const chunkIndex = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("0", "0", "1") },
  { weight: 1, arbitrary: fc.constantFrom("2", "383", "384", "999", "1000", "-1", "00", "1e2", "9".repeat(400)) },
  { weight: 1, arbitrary: oddName },
);
const chunkPath = fc.tuple(blobPath, chunkIndex).map((parts) => parts.join("/"));
const chunkBytes = fc.record({
  kind: fc.constant("bytes" as const),
  length: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(4096, 4096, 4352, 8192, CHUNK_BYTES) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1, 4095, CHUNK_BYTES - 1, CHUNK_BYTES + 1, 600_000) },
  ),
  value: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(255) }),
});

interface Shape {
  /** How often it comes. */
  readonly weight: number;
  readonly method: Method;
  readonly target: fc.Arbitrary<string>;
  readonly content: fc.Arbitrary<Content>;
}

const none = fc.constant<Content>({ kind: "none" });
const json = (value: fc.Arbitrary<unknown>) => value.map((inner): Content => ({ kind: "json", json: inner }));
const named = (path: string) => name.map((text) => `${path}/${text}`);

/** By route. The account that is deleted is Carol's, who registers again. */
const SHAPES: Readonly<Record<string, Shape>> = {
  publish_keys: {
    weight: 3,
    method: "POST",
    target: fc.constant("/api/publish_keys"),
    content: fc.nat(20).map((index): Content => ({ kind: "publication", index })),
  },
  get_keys: {
    weight: 2,
    method: "GET",
    target: named("/api/get_keys"),
    content: none,
  },
  send: {
    weight: 4,
    method: "POST",
    target: fc.constant("/api/send"),
    content: json(sending),
  },
  receive: {
    weight: 3,
    method: "GET",
    target: fc.tuple(named("/api/receive"), query).map((parts) => parts.join("")),
    content: none,
  },
  acknowledge: {
    weight: 3,
    method: "POST",
    target: named("/api/acknowledge"),
    content: json(acknowledgement),
  },
  epoch: {
    weight: 2,
    method: "POST",
    target: named("/api/epoch"),
    content: json(fc.record({ expected: fc.array(bytes(16, 16), { maxLength: 66 }), next: bytes(15, 16) })),
  },
  create_blob: {
    weight: 2,
    method: "POST",
    target: fc.constant("/api/blobs"),
    content: json(fc.record({ id: blobId, length: blobLength })),
  },
  describe_blob: {
    weight: 1,
    method: "GET",
    target: blobPath,
    content: none,
  },
  delete_blob: {
    weight: 1,
    method: "DELETE",
    target: blobPath,
    content: none,
  },
  put_chunk: {
    weight: 2,
    method: "PUT",
    target: chunkPath,
    content: chunkBytes,
  },
  get_chunk: {
    weight: 2,
    method: "GET",
    target: chunkPath,
    content: none,
  },
  delete_account: {
    weight: 1,
    method: "POST",
    target: fc.oneof(fc.constant("carol"), oddName).map((text) => `/api/delete_account/${text}`),
    content: json(fc.record({ username: fc.oneof(fc.constant("carol"), oddName) })),
  },
  relay: {
    weight: 1,
    method: "GET",
    target: fc.constantFrom("/api/relay", "/live", "/ready"),
    content: none,
  },
  metrics: {
    weight: 1,
    method: "GET",
    target: fc.constant("/metrics"),
    content: none,
  },
  unknown: {
    weight: 2,
    method: "GET",
    target: fc.oneof(
      fc.constantFrom(
        "/",
        "/u/alice",
        "/u/..",
        "/api",
        "/api/",
        "/api/live",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//",
        "/.env",
      ),
      fc.string({ maxLength: 30 }).map((path) => `/${path}`),
    ),
    content: none,
  },
};

/** The names of all routes that requests are made for. */
export const ROUTES: readonly string[] = Object.keys(SHAPES);

function requestFor(route: string, { method, target, content }: Shape): fc.Arbitrary<FuzzRequest> {
  return fc.record({
    route: fc.constant(route),
    signer,
    method: fc.constant(method),
    target,
    content,
    mutations: fc.oneof(fc.constant([]), fc.array(jsonMutation, { minLength: 1, maxLength: 3 })),
    lie: fc.oneof(
      { weight: 12, arbitrary: fc.constant("none" as const) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          ...(["old", "future", "replayed", "other-key", "other-device", "other-authority"] as const),
        ),
      },
    ),
    tampering,
  });
}

/** All that may come over HTTP in a well-formed frame. */
export const fuzzRequest: fc.Arbitrary<FuzzRequest> = fc.oneof(
  ...Object.entries(SHAPES).map(([route, shape]) => ({ weight: shape.weight, arbitrary: requestFor(route, shape) })),
);
