/** Puts a long history into an account, on a page of the app's origin. */
import type { Page } from "@playwright/test";
import { runOnPage } from "../fixtures/page-script.ts";
import type { Filling } from "./fill-account.ts";

export async function fillAccountOn(page: Page, filling: Filling): Promise<void> {
  await runOnPage(page, new URL("./fill-account.ts", import.meta.url), "fillAccount", filling);
}
