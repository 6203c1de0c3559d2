/** The page's composition root: connection -> state -> ui. */

import { attachDirectory, attachEngine } from "./connection/attach.ts";
import { serviceWorkerScript } from "./connection/worker-script.ts";
import { createApp } from "./state/app.ts";
import { createBrowserAddress, createBrowserAttention, createBrowserKeeping, localStorageOf } from "./state/browser.ts";

/** After so long the page is taken to be at rest, in milliseconds. */
const REST_MS = 4_000;

const container = document.querySelector("#page");
if (container === null) throw new Error("index.html must have an element with id page");

const app = createApp({
  attachEngine,
  attachDirectory,
  address: createBrowserAddress(window),
  attention: createBrowserAttention(window),
  keeping: createBrowserKeeping({ navigator, localStorage: () => localStorageOf(window) }),
  async alertSurroundings() {
    const loads = [import("./state/browser-alerts.ts"), import("./ui/wording-alerts.ts")] as const;
    const [{ createBrowserAlerts }, { NEW_MESSAGE }] = await Promise.all(loads);
    return createBrowserAlerts(window, NEW_MESSAGE);
  },
  isSecureContext: window.isSecureContext,
});
// By now the engine's worker is starting; React loads and draws beside it, not before it.
const { renderPage } = await import("./ui/render-page.tsx");
renderPage(app, container);
// What keeps the app's files here, and what is shown outside the page, come after everything that is needed now.
setTimeout(() => {
  if (import.meta.env.PROD) keepFiles().catch(() => undefined);
  app.alerts().catch(() => undefined);
}, REST_MS);

async function keepFiles(): Promise<void> {
  const { followVersions } = await import("./connection/app-versions.ts");
  await followVersions(serviceWorkerScript(), (apply) => app.update.setState({ apply }));
}
