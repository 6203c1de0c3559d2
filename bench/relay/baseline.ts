/**
 * What the relay is measured against: a Koa route that parses the same body and stores nothing, and the same with one
 * signature verified. Its parent sends it the public keys by username; it answers with its port.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import Koa, { type Context } from "koa";
import bodyParser from "koa-bodyparser";
import { verifyQuickly } from "../../relay/public-keys.ts";
import { fromBase64url } from "../../relay/wire/bytes.ts";
import {
  formatContentDigest,
  parseSignature,
  parseSignatureInput,
  signatureBase,
} from "../../relay/wire/request-signature.ts";

function isSigned(ctx: Context, publicKeys: Readonly<Record<string, string>>): boolean {
  const parameters = parseSignatureInput(ctx.get("signature-input"));
  const signature = parseSignature(ctx.get("signature"));
  const publicKey = fromBase64url(publicKeys[parameters?.keyId.username ?? ""] ?? "");
  const contentDigest = formatContentDigest(createHash("sha256").update(ctx.request.rawBody).digest());
  if (!parameters || !signature || !publicKey || contentDigest !== ctx.get("content-digest")) return false;
  const parts = { method: ctx.method, authority: ctx.host, path: ctx.path, query: "?", contentDigest };
  return verifyQuickly({ signature, signed: signatureBase(parts, parameters), publicKey });
}

process.once("message", (publicKeys: Readonly<Record<string, string>>) => {
  const app = new Koa();
  app.use(bodyParser({ enableTypes: ["json"] }));
  app.use((ctx: Context) => {
    const isFine = ctx.path === "/bare" || (ctx.path === "/signed" && isSigned(ctx, publicKeys));
    ctx.status = isFine ? 200 : 400;
    ctx.body = { accepted: 1 };
  });
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response)).listen(0, "127.0.0.1", () => {
    const address = server.address();
    process.send?.(typeof address === "object" && address ? address.port : 0);
  });
});
