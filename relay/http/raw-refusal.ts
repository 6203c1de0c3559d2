/** A refusal as the bytes of a whole answer, for connections on which there is no request that could be answered. */
import { STATUS_CODES } from "node:http";
import { REFUSAL_STATUS, type RefusalCode } from "../refusal.ts";

export function rawRefusal(code: RefusalCode, headers: readonly string[] = []): string {
  const status = REFUSAL_STATUS[code];
  const body = JSON.stringify({ error: code });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "Connection: close",
    "Content-Type: application/json; charset=utf-8",
    "X-Content-Type-Options: nosniff",
    "Cache-Control: no-store",
    `Content-Length: ${body.length}`,
    ...headers,
    "",
    body,
  ].join("\r\n");
}
