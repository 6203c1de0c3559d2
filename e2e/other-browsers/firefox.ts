/** The system's Firefox, over WebDriver BiDi. */
import { existsSync } from "node:fs";
import puppeteer from "puppeteer-core";
import { NotHereError, type OtherBrowser } from "./other-browser.ts";

const PROGRAMS = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];

export async function openFirefox(): Promise<OtherBrowser> {
  const executablePath = process.env["FIREFOX_PATH"] ?? PROGRAMS.find((path) => existsSync(path));
  if (executablePath === undefined) throw new NotHereError("no Firefox: install firefox-esr, or set FIREFOX_PATH");
  const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
  return {
    name: (await browser.version()).replace("/", " "),
    canLock: true,
    async openTab() {
      const page = await browser.newPage();
      return {
        goto: async (address) => void (await page.goto(address)),
        evaluate: (expression) => page.evaluate(expression),
        close: () => page.close(),
      };
    },
    close: () => browser.close(),
  };
}
