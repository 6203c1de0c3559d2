import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Every way a module names another: import, export from, dynamic import, and addresses made with new URL. */
const REFERENCES = [
  /\b(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']/g,
  /^\s*import\s*["']([^"']+)["']/gm,
  /\bimport\s*\(\s*["']([^"']+)["']/g,
  /\bnew\s+URL\s*\(\s*["']([^"']+)["']/g,
];

interface Room {
  readonly path: string;
  readonly mayImport: readonly string[];
  /** null where any package may be used. */
  readonly packages: readonly string[] | null;
}

/** The rooms as docs/architecture.md states them. */
function readRooms(): readonly Room[] {
  const page = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
  const rows = [...page.matchAll(/^\| `((?:web|relay)[^`]*)` \|[^|]*\|([^|]*)\|([^|]*)\|$/gm)];
  return rows.map(([, path = "", rooms = "", packages = ""]) => ({
    path,
    mayImport: namesIn(rooms),
    packages: packages.trim().startsWith("any") ? null : namesIn(packages),
  }));
}

function namesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

function listSources(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "testing" ? [] : listSources(path);
    return /\.tsx?$/.test(entry.name) && !/\.(test|d)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

function isWithin(path: string, room: string): boolean {
  return path === room || path.startsWith(`${room}/`);
}

/** The innermost room a path lies in. */
function roomOf(path: string, rooms: readonly Room[]): Room | undefined {
  return rooms.filter((room) => isWithin(path, room.path)).sort((a, b) => b.path.length - a.path.length)[0];
}

/** What a source's relative references break, as sentences. */
function breaches(path: string, source: string, rooms: readonly Room[]): readonly string[] {
  const room = roomOf(path, rooms);
  if (room === undefined) return [`${path} lies in no room`];
  const targets = REFERENCES.flatMap((pattern) => [...source.matchAll(pattern)].map(([, target = ""]) => target));
  const foreign = targets
    .filter((target) => target.startsWith("."))
    .map((target) => normalize(join(dirname(path), target.replace(/\?.*$/, ""))))
    .filter((target) => /^(web|relay|e2e|bench|docs)\//.test(target))
    .filter((target) => roomOf(target, rooms)?.path !== room.path)
    .filter((target) => !room.mayImport.some((allowed) => isWithin(target, allowed)));
  const packages = targets
    .filter((target) => !target.startsWith("."))
    .filter(
      (target) =>
        room.packages?.some((allowed) => isWithin(target, allowed) || isNodeModule(target, allowed)) === false,
    );
  return [...foreign, ...packages].map((target) => `${path} must not import ${target}`);
}

function isNodeModule(target: string, allowed: string): boolean {
  return allowed === "node:" && target.startsWith(allowed);
}

describe("the walls between rooms", () => {
  const rooms = readRooms();

  it("are stated for every room there is", () => {
    for (const parent of ["web", "relay"]) {
      const folders = readdirSync(join(ROOT, parent)).filter((name) =>
        statSync(join(ROOT, parent, name)).isDirectory(),
      );
      for (const folder of folders) expect(roomOf(`${parent}/${folder}`, rooms), folder).toBeDefined();
    }
    expect(rooms.length).toBeGreaterThanOrEqual(12);
  });

  it("hold in every source file", () => {
    const sources = [...listSources("web"), ...listSources("relay")];
    expect(sources.length).toBeGreaterThan(60);
    const found = sources.flatMap((path) => breaches(path, readFileSync(join(ROOT, path), "utf8"), rooms));
    expect(found).toEqual([]);
  });

  it.each([
    ["a component that knows cryptography", "web/ui/page.tsx", 'import { hkdf } from "../protocol/kdf.ts";'],
    ["a type import over the wall", "web/protocol/x.ts", 'import type { Records } from "../engine/records.ts";'],
    [
      "a re-export over the wall",
      "web/state/x.ts",
      'export * from "../engine/engine.ts";\nexport { a } from "../storage/b.ts";',
    ],
    ["a dynamic import over the wall", "web/state/x.ts", 'const a = await import("../storage/memory.ts");'],
    ["an address over the wall", "web/ui/x.ts", 'new Worker(new URL("../engine-worker.ts", import.meta.url));'],
    ["the web in the relay", "relay/routes/x.ts", 'import { concat } from "../../web/protocol/bytes.ts";'],
    [
      "the relay's inside in the web",
      "web/engine/x.ts",
      'import { openSqliteStore } from "../../relay/store/sqlite-store.ts";',
    ],
    ["a package that is not the room's", "web/protocol/x.ts", 'import { set } from "idb-keyval";'],
  ])("catch %s", (_name, path, source) => {
    expect(breaches(path, source, rooms).length).toBeGreaterThan(0);
  });

  it("let through what the table allows", () => {
    expect(breaches("web/engine/x.ts", 'import { concat } from "../protocol/bytes.ts";', rooms)).toEqual([]);
    expect(breaches("web/ui/x.tsx", 'import { useState } from "react";', rooms)).toEqual([]);
  });
});
