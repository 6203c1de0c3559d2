/** WebKitGTK's small browser, over its own WebDriver, on a screen in memory. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { Builder, Capabilities } from "selenium-webdriver";
import { NotHereError, type OtherBrowser } from "./other-browser.ts";

const DRIVER = "/usr/bin/WebKitWebDriver";
const SCREEN = "/usr/bin/xvfb-run";
const START_MS = 30_000;

export async function openWebKit(): Promise<OtherBrowser> {
  const binary = findMiniBrowser();
  if (binary === null || !existsSync(DRIVER) || !existsSync(SCREEN)) {
    throw new NotHereError("no WebKitGTK: install webkit2gtk-driver and xvfb");
  }
  const port = await freePort();
  const driver = spawn(SCREEN, ["-a", DRIVER, `--port=${port}`], { stdio: "ignore", detached: true });
  try {
    await untilItListens(port);
    const capabilities = new Capabilities({
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": { binary, args: ["--automation"] },
    });
    const session = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
    const [first = ""] = await session.getAllWindowHandles();
    let isFirstTaken = false;
    return {
      name: versionOf(binary),
      // The lock of a worker that was ended stays taken here.
      canLock: false,
      async openTab() {
        if (isFirstTaken) await session.switchTo().newWindow("tab");
        const handle = isFirstTaken ? await session.getWindowHandle() : first;
        isFirstTaken = true;
        const here = () => session.switchTo().window(handle);
        return {
          async goto(address) {
            await here();
            await session.get(address);
          },
          async evaluate(expression) {
            await here();
            return await session.executeScript(`return (${expression});`);
          },
          async close() {
            await here();
            await session.close();
          },
        };
      },
      async close() {
        await session.quit().catch(() => undefined);
        end(driver);
      },
    };
  } catch (error) {
    end(driver);
    throw error;
  }
}

/** It lies beside the library, in a folder that names the machine's kind and the library's version. */
function findMiniBrowser(): string | null {
  const folders = readdirSync("/usr/lib").flatMap((kind) =>
    ["webkit2gtk-4.1", "webkit2gtk-4.0", "webkitgtk-6.0"].map((library) => `/usr/lib/${kind}/${library}/MiniBrowser`),
  );
  return folders.find((path) => existsSync(path)) ?? null;
}

function versionOf(binary: string): string {
  const { stdout } = spawnSync(binary, ["--version"], { encoding: "utf8" });
  return stdout.trim() || "WebKitGTK";
}

/** The screen, the driver and the browser: a group of their own. */
function end(driver: ChildProcess): void {
  if (driver.pid !== undefined) process.kill(-driver.pid, "SIGTERM");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // A listening TCP server's address is an AddressInfo; the type also covers pipes.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function untilItListens(port: number): Promise<void> {
  const end = Date.now() + START_MS;
  while (Date.now() < end) {
    const answer = await fetch(`http://127.0.0.1:${port}/status`).catch(() => null);
    if (answer !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("WebKitWebDriver did not start");
}
