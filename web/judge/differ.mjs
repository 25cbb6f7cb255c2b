// bpmn-js-differ beside ours, for the record: node differ.mjs MODULES FILES
//
// MODULES is a folder whose node_modules hold bpmn-js-differ and bpmn-moddle, which are measured and not shipped; FILES
// holds base-N.bpmn and ours-N.bpmn as the Go benchmarks write them (LANEWAY_BENCH_FILES). Printed are processor
// milliseconds, median of the rounds, for reading both documents, for comparing them, and for both.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, files] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), "differ.mjs"));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { diff } = await load("bpmn-js-differ");
const { BpmnModdle } = await load("bpmn-moddle");

const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

const sizes = readdirSync(files)
  .filter((name) => name.startsWith("base-"))
  .map((name) => Number(name.slice("base-".length, -".bpmn".length)));
for (const size of sizes.toSorted((a, b) => a - b)) {
  const [base, ours] = ["base", "ours"].map((side) =>
    readFileSync(join(files, `${side}-${size}.bpmn`), "utf8"),
  );
  const reads = [];
  const compares = [];
  for (let round = 0; round < (size > 1000 ? 7 : 40); round++) {
    const start = processor();
    const a = (await new BpmnModdle().fromXML(base)).rootElement;
    const b = (await new BpmnModdle().fromXML(ours)).rootElement;
    const read = processor();
    diff(a, b);
    reads.push(read - start);
    compares.push(processor() - read);
  }
  const [read, compare] = [median(reads), median(compares)];
  process.stdout.write(
    `bpmn-js-differ/${size}  read ${read.toFixed(1)} ms, compare ${compare.toFixed(1)} ms, both ${(read + compare).toFixed(1)} ms\n`,
  );
}
