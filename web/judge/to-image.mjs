// bpmn-to-image beside `laneway render`, for the record: node to-image.mjs MODULES LANEWAY FILES
//
// MODULES is a folder whose node_modules hold bpmn-to-image, which is measured and not shipped; LANEWAY is the program;
// FILES is a folder of BPMN files. bpmn-to-image starts Chromium (LANEWAY_CHROMIUM, or the one of the system). Both draw
// the largest file alone, and then all of them: bpmn-to-image in one call, which starts one browser, and ours in a call
// for each file. Printed are seconds of the clock and of the processor, those of the whole family of processes, median
// of five rounds. Ours has run once before, as its rasteriser is compiled once.
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

const [modules, laneway, folder] = process.argv.slice(2).map((path) => resolve(path));
const out = mkdtempSync(join(tmpdir(), "laneway-to-image-"));
const ticksASecond = 100; // of /proc on Linux

// Chromium refuses its sandbox to root.
const chromium = join(out, "chromium");
const sandbox = process.getuid?.() === 0 ? " --no-sandbox" : "";
writeFileSync(
  chromium,
  `#!/bin/sh\nexec ${process.env.LANEWAY_CHROMIUM || "/usr/bin/chromium"}${sandbox} "$@"\n`,
);
chmodSync(chromium, 0o755);
const env = { ...process.env, PUPPETEER_EXECUTABLE_PATH: chromium };

const stat = (pid) => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return { parent: fields[1], ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return null; // it has ended
  }
};

// A browser's processes are not waited for by who started it, so the family is looked at while it lives.
async function measured(command, args) {
  const start = performance.now();
  const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  const family = new Set([String(child.pid)]);
  const ticks = new Map();
  const look = setInterval(() => {
    const all = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => [pid, stat(pid)]);
    for (const [pid, s] of all) if (s && family.has(s.parent)) family.add(pid);
    for (const [pid, s] of all) if (s && family.has(pid)) ticks.set(pid, s.ticks);
  }, 10);
  const code = await new Promise((done) => child.once("exit", done));
  clearInterval(look);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}`);
  const sum = [...ticks.values()].reduce((a, b) => a + b, 0);
  return { clock: (performance.now() - start) / 1000, processor: sum / ticksASecond };
}

// own measures our program by what the system counts for it: it ends before it can be looked at.
async function own(files, ending) {
  const script = files.map(
    (file, i) => `"${laneway}" render "${file}" -o "${join(out, `ours-${i}.${ending}`)}" || exit 1`,
  );
  const start = performance.now();
  const child = spawn("/bin/bash", ["-c", `${script.join("\n")}\ntimes`], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  const code = await new Promise((done) => child.once("close", done));
  if (code !== 0) throw new Error(`laneway render ended with ${code}`);
  const seconds = [
    ...said
      .trim()
      .split("\n")[1]
      .matchAll(/(\d+)m([\d.]+)s/g),
  ].map(([, m, s]) => 60 * m + Number(s));
  return { clock: (performance.now() - start) / 1000, processor: seconds[0] + seconds[1] };
}

const theirs = (files, ending) =>
  measured(process.execPath, [
    join(modules, "node_modules/bpmn-to-image/cli.js"),
    "--no-title",
    "--no-footer",
    ...files.map((file, i) => `${file}:${join(out, `theirs-${i}.${ending}`)}`),
  ]);

async function medianOf(run) {
  const rounds = [];
  for (let round = 0; round < 5; round++) rounds.push(await run());
  const middle = (key) => rounds.map((r) => r[key]).toSorted((a, b) => a - b)[2];
  return `${middle("clock").toFixed(2)} s, processor ${middle("processor").toFixed(2)} s`;
}

const files = readdirSync(folder)
  .filter((name) => name.endsWith(".bpmn"))
  .sort()
  .map((name) => join(folder, name));
try {
  await own(files.slice(0, 1), "png");
  const largest = files.toSorted((a, b) => statSync(b).size - statSync(a).size).slice(0, 1);
  for (const [what, some, ending] of [
    [`${basename(largest[0])} as SVG`, largest, "svg"],
    [`${basename(largest[0])} as PNG`, largest, "png"],
    [`${basename(largest[0])} as PDF`, largest, "pdf"],
    [`${files.length} files as SVG`, files, "svg"],
    [`${files.length} files as PNG`, files, "png"],
  ]) {
    process.stdout.write(`${what}\n  bpmn-to-image   ${await medianOf(() => theirs(some, ending))}\n`);
    process.stdout.write(`  laneway render  ${await medianOf(() => own(some, ending))}\n`);
  }
} finally {
  rmSync(out, { recursive: true, force: true });
}
