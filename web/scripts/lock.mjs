// Makes package-lock.json whole: node scripts/lock.mjs
//
// A registry mirror may lack the builds of a native package for other platforms. npm then leaves
// them out of the lock file without a word, and `npm ci` refuses that lock file everywhere. This
// adds a row for each one that is missing, with the version that its parent pins and the platform
// that its name tells, so that `npm ci` skips it here and installs it where it belongs.
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8"));
const systems = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const processors = [
  "arm",
  "arm64",
  "ia32",
  "loong64",
  "mips64el",
  "ppc64",
  "riscv64",
  "s390x",
  "wasm32",
  "x64",
];

function platform(name) {
  const words = name.replace(/^@[^/]+\//, "").split("-");
  const os = words.filter((word) => systems.includes(word));
  const cpu = words.filter((word) => processors.includes(word));
  const libc = words.some((word) => word.startsWith("musl"))
    ? ["musl"]
    : words.some((word) => word.startsWith("gnu"))
      ? ["glibc"]
      : [];
  if (os.length + cpu.length === 0) throw new Error(`${name}: its name tells no platform; add it by hand`);
  return {
    ...(os.length > 0 && { os }),
    ...(cpu.length > 0 && { cpu }),
    ...(os.includes("linux") && libc.length > 0 && { libc }),
  };
}

let added = 0;
for (const [parentPath, parent] of Object.entries({ ...lock.packages })) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const row = `node_modules/${name}`;
    if (lock.packages[row] || lock.packages[`${parentPath}/${row}`]) continue;
    if (!/^\d/.test(version)) continue; // a range: a peer that is optional, not a platform's build
    lock.packages[row] = { version, ...(parent.dev && { dev: true }), optional: true, ...platform(name) };
    added++;
  }
}
const root = lock.packages[""];
delete lock.packages[""];
const rest = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
lock.packages = { "": root, ...rest };
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} rows added`);
