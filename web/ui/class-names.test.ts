import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const FOLDER = import.meta.dirname;

/** The class names that each file of styles defines. */
function definedNames(): readonly { readonly file: string; readonly names: ReadonlySet<string> }[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".module.css"))
    .map((file) => {
      const styles = readFileSync(join(FOLDER, file), "utf8").replace(/\/\*.*?\*\//gs, "");
      return { file, names: new Set([...styles.matchAll(/\.([a-z][a-z0-9-]*)/gi)].map(([, name = ""]) => name)) };
    });
}

describe("class names", () => {
  it("are defined in one file of styles each, since nothing else tells them apart", () => {
    const files = definedNames();
    expect(files.length).toBeGreaterThan(10);
    const all = files.flatMap(({ names }) => [...names]);
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });
});
