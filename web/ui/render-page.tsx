/** Puts the page on the screen. */

import "./tokens.css";
import { createRoot } from "react-dom/client";
import type { App } from "../state/app.ts";
import { Page } from "./page.tsx";

export function renderPage(app: App, container: Element): void {
  createRoot(container).render(<Page app={app} />);
}
