/** The page's composition root: connection -> state -> ui. */

import { attachDirectory, attachEngine } from "./connection/attach.ts";
import { createApp } from "./state/app.ts";
import { createBrowserAddress, createBrowserAttention, createBrowserKeeping, localStorageOf } from "./state/browser.ts";

const container = document.querySelector("#page");
if (container === null) throw new Error("index.html must have an element with id page");

const app = createApp({
  attachEngine,
  attachDirectory,
  address: createBrowserAddress(window),
  attention: createBrowserAttention(window),
  keeping: createBrowserKeeping({ navigator, localStorage: () => localStorageOf(window) }),
  isSecureContext: window.isSecureContext,
});
// By now the engine's worker is starting; React loads and draws beside it, not before it.
const { renderPage } = await import("./ui/render-page.tsx");
renderPage(app, container);
