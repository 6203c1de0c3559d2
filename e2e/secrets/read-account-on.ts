/** Reads an account's keys on a page of the app's origin. */
import type { Page } from "@playwright/test";
import { runOnPage } from "../fixtures/page-script.ts";
import type { FoundKey } from "./read-account.ts";

export async function readAccountOn(page: Page, username: string): Promise<readonly FoundKey[]> {
  return await runOnPage(page, new URL("./read-account.ts", import.meta.url), "readAccount", username);
}
