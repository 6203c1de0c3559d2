/** The digest by which the store names keys, manifests and bodies. */
import { createHash } from "node:crypto";
import type { Bytes } from "../wire/bytes.ts";

/** SHA-256, 32 bytes. */
export function sha256(bytes: Uint8Array): Bytes {
  return Uint8Array.from(createHash("sha256").update(bytes).digest());
}
