// Holds the build to its budgets: what a first visitor loads, and what opening a diagram adds to it.
// Reads the vite manifest, so run it after `vite build`. Sizes are gzip -9; kB are decimal.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const root = new URL("../dist/app/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", root), "utf8"));

// staticFiles collects a chunk and everything it imports statically: all of it arrives before the chunk runs.
function staticFiles(key, found = new Set()) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`the manifest has no ${key}`);
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const css of chunk.css ?? []) found.add(css);
  for (const next of chunk.imports ?? []) staticFiles(next, found);
  return found;
}

// reachableFiles also follows the dynamic imports of a chunk, for features that load in steps.
function reachableFiles(key, found = new Set(), seen = new Set()) {
  if (seen.has(key)) return found;
  seen.add(key);
  for (const file of staticFiles(key)) found.add(file);
  const chunk = manifest[key];
  for (const next of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])])
    reachableFiles(next, found, seen);
  return found;
}

const sizes = new Map();
function gzipped(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(new URL(file, root)), { level: 9 }).length);
  return sizes.get(file);
}
const sum = (files) => [...files].reduce((total, file) => total + gzipped(file), 0);
const scripts = (files) => [...files].filter((file) => file.endsWith(".js"));
const without = (files, known) => new Set([...files].filter((file) => !known.has(file)));

const entry = staticFiles("index.html");
const rows = [
  ["entry, scripts", scripts(entry), 160_000],
  ["entry, styles", [...entry].filter((file) => file.endsWith(".css")), 40_000],
  ["studio beyond the entry", without(reachableFiles("src/studio/studio-page.tsx"), entry), 400_000],
  ["library beyond the entry", without(reachableFiles("src/library/library-page.tsx"), entry), 80_000],
  ["account beyond the entry", without(reachableFiles("src/account/sign-up-page.tsx"), entry), 60_000],
];

let over = 0;
for (const [name, files, budget] of rows) {
  const size = sum(files);
  if (size > budget) over += 1;
  console.log(
    `${size > budget ? "OVER" : "ok  "} ${name.padEnd(26)} ${(size / 1000).toFixed(1).padStart(7)} kB of ${budget / 1000} kB`,
  );
  if (process.argv.includes("--files") || size > budget) {
    for (const file of [...files].sort((a, b) => gzipped(b) - gzipped(a))) {
      console.log(`       ${(gzipped(file) / 1000).toFixed(1).padStart(7)} kB  ${file}`);
    }
  }
}
process.exitCode = over > 0 ? 1 : 0;
