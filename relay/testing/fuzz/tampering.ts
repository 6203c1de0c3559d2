/** What can happen to a request after it was signed: most of it must end as a refusal. */
import fc from "fast-check";
import type { WireRequest } from "../test-exchange.ts";

export type Tampering =
  | { readonly kind: "none" }
  | { readonly kind: "method"; readonly method: string }
  | { readonly kind: "target"; readonly target: string }
  | { readonly kind: "header"; readonly name: string; readonly value: string | null }
  | { readonly kind: "body"; readonly at: number; readonly bytes: Uint8Array; readonly cut: boolean };

const headerName = fc.constantFrom(
  ...["host", "content-type", "content-digest", "signature-input", "signature", "content-encoding", "accept", "range"],
  ...[
    "x-forwarded-for",
    "forwarded",
    "origin",
    "cookie",
    "x-http-method-override",
    "expect",
    "if-none-match",
    "upgrade",
  ],
);
const headerValue = fc.oneof(
  fc.constant(null),
  fc.constantFrom(
    "",
    "*",
    "gzip",
    "text/plain",
    "application/octet-stream",
    "application/json; charset=utf-16",
    "application/json;",
    "100-continue",
  ),
  fc.constantFrom(
    "bytes=0-",
    "127.0.0.1, ::1, x",
    "for=_secret",
    "http://localhost",
    "localhost:1",
    "sotto=::",
    "a, b",
  ),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 300 }),
  fc.integer({ min: 1, max: 9000 }).map((length) => "x".repeat(length)),
);

export const tampering: fc.Arbitrary<Tampering> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Tampering>({ kind: "none" }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("method" as const),
      method: fc.constantFrom(
        "GET",
        "POST",
        "HEAD",
        "PUT",
        "DELETE",
        "OPTIONS",
        "PATCH",
        "TRACE",
        "PROPFIND",
        "M-SEARCH",
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("target" as const),
      target: fc.oneof(
        fc.constantFrom(
          "*",
          "http://other.example/api/send",
          "//api/send",
          "/api/send/",
          "/api//send",
          "/API/send",
          "?x",
        ),
        fc.constantFrom("/api/send?x=1", "/api/receive/alice/", "/api/get_keys/", `/api/get_keys/${"a".repeat(9000)}`),
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("header" as const), name: headerName, value: headerValue }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("body" as const),
      at: fc.nat(),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc
          .constantFrom("[".repeat(50_000), '{"a":'.repeat(20_000), "\ufeff", '"\\ud800"', "1e999")
          .map((text) => Uint8Array.from(Buffer.from(text))),
      ),
      cut: fc.boolean(),
    }),
  },
);

/** The request as it goes out. */
export function tamper(request: WireRequest, tampering: Tampering): WireRequest {
  switch (tampering.kind) {
    case "none":
      return request;
    case "method":
      return { ...request, method: tampering.method };
    case "target":
      return { ...request, target: tampering.target };
    case "header": {
      const { [tampering.name]: _dropped, ...others } = request.headers;
      return {
        ...request,
        headers: tampering.value === null ? others : { ...others, [tampering.name]: tampering.value },
      };
    }
    case "body": {
      const whole = Buffer.from(request.body);
      const at = tampering.at % (whole.length + 1);
      const rest = whole.subarray(at + (tampering.cut ? tampering.bytes.length : 0));
      return { ...request, body: Buffer.concat([whole.subarray(0, at), tampering.bytes, rest]) };
    }
  }
}
