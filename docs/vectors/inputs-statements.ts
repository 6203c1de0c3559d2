/** What the vectors of the signed statements and of padding are computed from. */
import type {
  IdentityChangeInputs,
  KemPrekeyInputs,
  LiveInputs,
  ManifestInputs,
  PaddingInputs,
  RequestInputs,
} from "./compute-statements.ts";
import { drawn, drawnSeed } from "./drawn.ts";

const bob = { username: "bob", device: 1, identitySecretKey: drawn("bob's identity") };

export const firstManifest: ManifestInputs = {
  ...bob,
  deviceSecretKey: drawn("bob's device"),
  protocolVersions: [1],
  signedPrekeySecretKey: drawn("bob's signed prekey"),
  signedPrekeyDay: 19_675,
  sequence: 1,
  previousHash: "00".repeat(32),
  lastResortKemPrekeySeed: null,
};

/** The manifest after the first one, whose hash it names; the first with protocol version 2. */
export function secondManifest(hashOfFirst: string): ManifestInputs {
  return {
    ...firstManifest,
    protocolVersions: [1, 2],
    signedPrekeySecretKey: drawn("bob's next signed prekey"),
    signedPrekeyDay: 19_682,
    sequence: 2,
    previousHash: hashOfFirst,
    lastResortKemPrekeySeed: drawnSeed("bob's last-resort kem prekey"),
  };
}

/** A manifest as a device of protocol version 2 publishes it. */
export function thirdManifest(hashOfSecond: string): ManifestInputs {
  return {
    ...firstManifest,
    protocolVersions: [2],
    signedPrekeySecretKey: drawn("bob's third signed prekey"),
    signedPrekeyDay: 19_689,
    sequence: 3,
    previousHash: hashOfSecond,
    lastResortKemPrekeySeed: drawnSeed("bob's next last-resort kem prekey"),
  };
}

export const kemPrekeys: readonly { readonly name: string; readonly inputs: KemPrekeyInputs }[] = [
  { name: "of Bob", inputs: { ...bob, oneTimeKemPrekeySeed: drawnSeed("bob's one-time kem prekey") } },
  {
    name: "of the longest name and the highest device",
    inputs: {
      username: "0123456789abcdefghijklmnopqrstuv",
      device: 4_294_967_295,
      identitySecretKey: drawn("alice's identity"),
      oneTimeKemPrekeySeed: drawnSeed("another one-time kem prekey"),
    },
  },
];

export const identityChanges: readonly { readonly name: string; readonly inputs: IdentityChangeInputs }[] = [
  {
    name: "of Bob",
    inputs: {
      username: "bob",
      previousIdentitySecretKey: drawn("bob's identity"),
      identitySecretKey: drawn("bob's next identity"),
    },
  },
  {
    name: "of the longest name",
    inputs: {
      username: "0123456789abcdefghijklmnopqrstuv",
      previousIdentitySecretKey: drawn("alice's identity"),
      identitySecretKey: drawn("alice's next identity"),
    },
  },
];

const request: RequestInputs = {
  deviceSecretKey: drawn("alice's device"),
  username: "alice",
  device: 1,
  method: "GET",
  authority: "chat.example",
  path: "/api/get_keys/bob",
  query: "?",
  body: "",
  created: 1_700_000_000,
  nonce: drawn("nonce of get_keys", 16),
};

export const requests: readonly { readonly name: string; readonly inputs: RequestInputs }[] = [
  { name: "GET without query or body", inputs: request },
  {
    name: "GET with a query",
    inputs: { ...request, path: "/api/receive/alice", query: "?after=17", nonce: drawn("nonce of receive", 16) },
  },
  {
    name: "POST with a body, to a relay at a port",
    inputs: {
      ...request,
      method: "POST",
      authority: "localhost:8080",
      path: "/api/acknowledge/alice",
      body: `{"envelopes":[{"from":"bob","fromDevice":1,"id":"AAECAwQFBgcICQoLDA0ODw"}]}`,
      nonce: drawn("nonce of acknowledge", 16),
    },
  },
];

export const liveSockets: readonly LiveInputs[] = ["https://chat.example", "http://localhost:8080"].map((origin) => ({
  deviceSecretKey: drawn("alice's device"),
  username: "alice",
  device: 1,
  origin,
  challenge: drawn(`challenge for ${origin}`),
}));

export const paddings: readonly PaddingInputs[] = [
  ...[0, 1, 254, 255, 256, 511, 512, 1023, 1024, 65_534, 65_535].map((length) => ({ byte: "61", length })),
  { byte: "00", length: 10 },
  { byte: "80", length: 10 },
];

export const paddedBytes: readonly string[] = [
  `68656c6c6f80${"00".repeat(250)}`,
  `80${"00".repeat(255)}`,
  "68656c6c6f80",
  `68656c6c6f8080${"00".repeat(249)}`,
  "",
  "00".repeat(256),
  `68656c6c6f${"00".repeat(251)}`,
  `68656c6c6f8001${"00".repeat(249)}`,
];
