/**
 * Serves the app's files from the device, so that it opens without a connection, and keeps to the version that is in use
 * until the person asks for the new one. It sees no mail: what goes to the relay's API passes it by. It imports nothing,
 * since some browsers run it as a classic script.
 */
declare const self: ServiceWorkerGlobalScope;

/** The build puts the version and the paths of all files here (vite.config.ts). */
const [VERSION = "", ...FILES] = "__SOTTO_SHELL__".split(" ");

const CACHE_PREFIX = "sotto/app/";
const CACHE = CACHE_PREFIX + VERSION;

/** The one page, under whichever address. */
const PAGE = "/";
const PAGE_PATH = /^\/(u\/[^/]+\/?)?$/;

/** What a page may say. */
const ACTIVATE = "sotto/activate";

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  // Past the browser's own cache for what is not named after its content.
  await cache.addAll(
    FILES.map((path) => new Request(path, { cache: path.startsWith("/assets/") ? "default" : "reload" })),
  );
}

/** Deletes the versions before the last one: a tab that still shows that one may need a part of it. */
async function activate(): Promise<void> {
  const versions = (await caches.keys()).filter((name) => name.startsWith(CACHE_PREFIX));
  const current = versions.indexOf(CACHE);
  for (const name of versions.slice(0, Math.max(0, current - 1))) await caches.delete(name);
  await self.clients.claim();
}

/** From this version's files, or from those of another that is still here, or else from the network. */
async function answer(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  // A part that is asked for again has the time behind its name.
  const options = { ignoreSearch: true };
  return (await cache.match(path, options)) ?? (await caches.match(path, options)) ?? (await fetch(request));
}

async function showPage({ data }: Notification): Promise<void> {
  const { path, peer, username }: { path?: unknown; peer?: unknown; username?: unknown } = data ?? {};
  if (typeof path !== "string" || !PAGE_PATH.test(path)) return;
  const pages = await self.clients.matchAll({ type: "window" });
  const open = pages.find(({ url }) => new URL(url).pathname === path);
  if (open === undefined) await self.clients.openWindow(path);
  else (await open.focus()).postMessage({ kind: "sotto/open", username, peer });
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", ({ data }) => {
  if (data === ACTIVATE) void self.skipWaiting();
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && PAGE_PATH.test(pathname)) event.respondWith(answer(request, PAGE));
  else if (FILES.includes(pathname) || pathname.startsWith("/assets/")) event.respondWith(answer(request, pathname));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(showPage(event.notification));
});
