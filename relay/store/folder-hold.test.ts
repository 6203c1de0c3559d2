import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../testing/test-relay.ts";
import { holdFolder } from "./folder-hold.ts";

it("a folder is held by one at a time, and free again once that one lets go", () => {
  const folder = temporaryFolder();
  const release = holdFolder(folder, 0);
  expect(release).not.toBeNull();
  expect(holdFolder(folder, 0)).toBeNull();
  expect(holdFolder(temporaryFolder(), 0)).not.toBeNull();
  release?.();
  expect(holdFolder(folder, 0)).not.toBeNull();
});

it("a folder whose holder was killed is free at once", async () => {
  const folder = temporaryFolder();
  const module = fileURLToPath(new URL("folder-hold.ts", import.meta.url));
  const script = `const { holdFolder } = await import(${JSON.stringify(module)});
    console.log(holdFolder(${JSON.stringify(folder)}, 0) === null ? "refused" : "held");
    setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void holder.kill("SIGKILL"));
  const [said] = await once(holder.stdout, "data");
  expect(String(said)).toBe("held\n");
  expect(holdFolder(folder, 0)).toBeNull();
  const gone = once(holder, "exit");
  holder.kill("SIGKILL");
  await gone;
  expect(holdFolder(folder, 0)).not.toBeNull();
});
