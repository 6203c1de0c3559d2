/** Writes the vector files beside this one. Deterministic: running it again gives the same files. */
import { writeFile } from "node:fs/promises";
import { vectorDocuments } from "./documents.ts";

for (const [name, text] of await vectorDocuments()) {
  await writeFile(new URL(name, import.meta.url), text);
}
