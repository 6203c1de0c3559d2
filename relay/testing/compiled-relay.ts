/**
 * A compiled copy of the relay and of the programs its tests use, in a temporary folder: it starts in a fraction of the
 * time the sources take, and no build has to be there. Types are not checked here.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** Modules that are loaded before the relay and change one thing about it, by the names of their files. */
export type Preload =
  | "answers-early"
  | "ends-with-its-parent"
  | "forgets-to-sync"
  | "lifts-rate-limits"
  | "remembers-requests"
  | "tells-memory"
  | "trips-over-odd-numbers";

export interface CompiledRelay {
  /** The program, `relay/main.ts`. */
  readonly main: string;
  preload(name: Preload): string;
  /** The compiled form of a source, named by its path in the repository. */
  file(source: string): string;
  /** Deletes the copy. */
  remove(): void;
}

/** Compiles the sources as they are now, in about a second. Throws when the compiler wrote nothing. */
export function compileRelay(): CompiledRelay {
  const folder = mkdtempSync(join(tmpdir(), "sotto-compiled-"));
  symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(compilerConfiguration(folder)));
  const compiler = join(REPOSITORY, "node_modules/.bin/tsc");
  const { stdout, error } = spawnSync(compiler, ["-p", folder, "--noCheck"], { encoding: "utf8" });
  const file = (source: string) => join(folder, "out", source.replace(/\.ts$/, ".js"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const main = file("relay/main.ts");
  // Reads the program without running it.
  const check = spawnSync(process.execPath, ["--check", main], { stdio: "ignore" });
  if (check.status !== 0) {
    remove();
    throw new Error(`relay was not compiled: ${error?.message ?? stdout}`);
  }
  return { main, preload: (name) => file(`relay/testing/preloads/${name}.ts`), file, remove };
}

function compilerConfiguration(folder: string): unknown {
  return {
    extends: join(REPOSITORY, "relay/tsconfig.json"),
    compilerOptions: { rootDir: REPOSITORY, outDir: join(folder, "out") },
    include: [join(REPOSITORY, "relay"), join(REPOSITORY, "bench")],
    exclude: [join(REPOSITORY, "**/*.test.ts"), join(REPOSITORY, "bench/first-load.ts")],
  };
}
