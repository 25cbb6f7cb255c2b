// Holds the build to its budgets: what a first visitor loads, and what opening a diagram adds to it.
// Reads the vite manifest, so run it after `vite build`. Sizes are gzip -9; kB are decimal.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const root = new URL("../dist/app/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", root), "utf8"));

// filesOf collects the files of a chunk and of everything it imports statically: all of it arrives before the chunk
// runs. With "everything" it also follows dynamic imports, for features that load in steps. What is known already
// is left out, and so is what only the known chunks lead to.
function filesOf(key, { known = new Set(), everything = false } = {}, seen = new Set(), found = new Set()) {
  if (seen.has(key)) return found;
  seen.add(key);
  const chunk = manifest[key];
  if (!chunk) throw new Error(`the manifest has no ${key}`);
  if (known.has(chunk.file)) return found;
  for (const file of [chunk.file, ...(chunk.css ?? [])]) if (!known.has(file)) found.add(file);
  const next = everything
    ? [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]
    : (chunk.imports ?? []);
  for (const other of next) filesOf(other, { known, everything }, seen, found);
  return found;
}

const sizes = new Map();
function gzipped(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(new URL(file, root)), { level: 9 }).length);
  return sizes.get(file);
}
const sum = (files) => [...files].reduce((total, file) => total + gzipped(file), 0);
const scripts = (files) => [...files].filter((file) => file.endsWith(".js"));
const union = (...sets) => new Set(sets.flatMap((set) => [...set]));

const entry = filesOf("index.html");
const page = (key) => filesOf(key, { known: entry });
const rows = [
  ["entry, scripts", scripts(entry), 160_000],
  ["entry, styles", [...entry].filter((file) => file.endsWith(".css")), 40_000],
  ["sign-up beyond the entry", page("src/account/sign-up-page.tsx"), 60_000],
  [
    "library beyond the entry",
    union(page("src/shell/app-shell.tsx"), page("src/library/library-page.tsx")),
    90_000,
  ],
  [
    "studio beyond the entry",
    filesOf("src/studio/studio-page.tsx", { known: entry, everything: true }),
    400_000,
  ],
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
