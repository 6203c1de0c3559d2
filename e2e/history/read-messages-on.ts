/** Reads a whole conversation, which the page shows a window of, on a page of the app's origin. */
import type { Page } from "@playwright/test";
import { runOnPage } from "../fixtures/page-script.ts";
import type { Reading } from "./read-messages.ts";

export async function readMessagesOn(page: Page, reading: Reading): Promise<readonly string[]> {
  return await runOnPage(page, new URL("./read-messages.ts", import.meta.url), "readMessages", reading);
}
