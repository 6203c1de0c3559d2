/**
 * The app's files on this device: registers the service worker that keeps them (service-worker.ts), and notices when a
 * new version of them is there.
 */

/** A new version is looked for no more often than this, in milliseconds. */
const LOOK_AGAIN_MS = 3_600_000;

/** The service worker's word for being let in place of the one before. */
const ACTIVATE = "sotto/activate";

/**
 * Calls back with what brings a new version in, each time there is one; where there are no service workers, never.
 * `script` is the service worker's address.
 */
export async function followVersions(script: string, onNew: (apply: () => void) => void): Promise<void> {
  const { serviceWorker } = navigator;
  if (serviceWorker === undefined) return;
  const wasControlled = serviceWorker.controller !== null;
  let asked = false;
  let controllers = wasControlled ? 1 : 0;
  const reload = () => location.reload();
  serviceWorker.addEventListener("controllerchange", () => {
    controllers += 1;
    if (asked) reload();
    // Another tab has let it in. The first one ever brings nothing new.
    else if (controllers > 1) onNew(reload);
  });
  const registration = await serviceWorker.register(script, { updateViaCache: "none" });
  const offer = (waiting: ServiceWorker) =>
    onNew(() => {
      asked = true;
      waiting.postMessage(ACTIVATE);
    });
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed" && serviceWorker.controller !== null) offer(installing);
    });
  });
  if (registration.waiting !== null) offer(registration.waiting);
  lookNowAndThen(registration);
}

/** Browsers look when a page is loaded; one may stay open for weeks. */
function lookNowAndThen(registration: ServiceWorkerRegistration): void {
  let lookedAt = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || Date.now() - lookedAt < LOOK_AGAIN_MS) return;
    lookedAt = Date.now();
    // Without a connection there is nothing to find.
    registration.update().catch(() => undefined);
  });
}
