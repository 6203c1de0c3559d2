/** Serves the built app: its files, and its one page under the addresses that people open. */
import { existsSync, statSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import type { Context, Middleware, Next } from "koa";
import sirv from "sirv";
import { Refusal } from "../refusal.ts";
import { isUsername } from "../wire/username.ts";

const PAGE = "/index.html";
const ACCOUNT_PATH = /^\/u\/([^/]+)$/;

/** Whether there is a built app in this folder. */
export function hasApp(folder: string): boolean {
  return existsSync(join(folder, PAGE));
}

/**
 * `/` and `/u/<username>` answer with the page; other paths with the file of that name, precompressed where there is
 * one, or else fall through to `not-found`. Only GET and HEAD.
 */
export function staticApp(folder: string): Middleware {
  const serve = sirv(folder, {
    // Looks at the disk for every request: a new build may be moved into place while the relay runs.
    dev: true,
    etag: true,
    gzip: true,
    brotli: true,
    extensions: [],
    setHeaders: (response, path) => {
      response.setHeader("Cache-Control", isHashed(path) ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  return async (ctx: Context, next: Next) => {
    if (ctx.method !== "GET" && ctx.method !== "HEAD") throw new Refusal("method-not-allowed");
    const target = isPage(ctx.path) ? PAGE : ctx.path;
    if (target.endsWith("/") || target.includes("/.") || !holdsFile(folder, target)) return next();
    // Ranges are of no use here, and a malformed one would end in an exception of the file stream.
    delete ctx.req.headers.range;
    ctx.req.url = target;
    ctx.respond = false;
    serve(ctx.req, ctx.res, () => {
      ctx.res.statusCode = 404;
      ctx.res.end();
    });
  };
}

function holdsFile(folder: string, target: string): boolean {
  const path = join(folder, safeDecode(target));
  return path.startsWith(resolve(folder) + sep) && existsSync(path) && statSync(path).isFile();
}

function isPage(path: string): boolean {
  const [, username = ""] = ACCOUNT_PATH.exec(path) ?? [];
  return path === "/" || isUsername(username);
}

/** Vite names files under /assets/ after their content. */
function isHashed(path: string): boolean {
  return path.startsWith("/assets/");
}

/** sirv reads a path that does not decode as it stands; so does this. */
function safeDecode(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
