// How much JavaScript the landing page asks for, as it is sent.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

export const LIMIT_KIB = 180;

/** KiB of the entry and everything it imports before it runs, packed with gzip (brotli is smaller still). */
export function landing(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8"));
  const entry = Object.keys(manifest).find((name) => manifest[name].isEntry);
  const files = new Set();
  const add = (name) => {
    const { file, imports = [] } = manifest[name];
    if (files.has(file)) return;
    files.add(file);
    imports.forEach(add);
  };
  add(entry);
  const sum = (ending) => [...files].reduce((bytes, file) => bytes + statSync(join(folder, `${file}${ending}`)).size, 0) / 1_024;
  return { gzip: sum(".gz"), brotli: sum(".br") };
}
