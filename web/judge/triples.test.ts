// bpmn-js as judge of merges: the reference model X and two tools' round trips of it are a natural base, ours and
// theirs. Each triple of the corpus is merged by the laneway binary; what bpmn-js says while it reads the result must
// have been said about a parent already. Every second tool's neighbour is taken; LANEWAY_TEST_LONG=1 takes all pairs.
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import BpmnTreeWalker from "bpmn-js/lib/import/BpmnTreeWalker";
import Viewer from "bpmn-js/lib/Viewer";
import { afterAll, beforeAll, expect, test } from "vitest";

const repository = resolve(import.meta.dirname, "../..");
const corpus = process.env.LANEWAY_BPMN_CORPUS ?? resolve(repository, "../shared/bpmn-corpus");
const present = statSync(corpus, { throwIfNoEntry: false }) !== undefined;
if (!present && process.env.CI === "true") {
  throw new Error(`the corpus is not at ${corpus}; set LANEWAY_BPMN_CORPUS`);
}
const scratch = mkdtempSync(join(tmpdir(), "laneway-judge-"));
let laneway = process.env.LANEWAY_BIN ?? "";

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

function run(command: string, ...args: string[]): Promise<Run> {
  return new Promise((done, fail) => {
    execFile(command, args, { cwd: repository, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== "number") {
        fail(error);
        return;
      }
      done({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

// each runs a job for every item, a few at a time.
async function each<T>(items: T[], job: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      await job(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, worker));
}

interface Finding {
  code: string;
  severity: "info" | "warning" | "error";
  elementId?: string;
}

// check asks laneway about many files at once. What the gate refuses has no entry.
async function check(files: string[]): Promise<Map<string, Set<string>>> {
  const { stdout } = await run(laneway, "check", "--json", ...files);
  const checked: { file: string; findings: Finding[]; refusal?: unknown }[] = JSON.parse(stdout);
  return new Map(
    checked
      .filter((c) => c.refusal === undefined)
      // Rules of modelling are warnings of a merge; what must never be new is what breaks a document.
      .map((c) => [c.file, new Set(c.findings.filter(breaks).map((f) => `${f.code} ${f.elementId ?? ""}`))]),
  );
}

function breaks(finding: Finding): boolean {
  return (
    finding.severity === "error" ||
    [
      "unresolved_reference",
      "cyclic_reference",
      "duplicate_di",
      "di_type_mismatch",
      "wrong_reference",
    ].includes(finding.code)
  );
}

interface Plane {
  plane?: unknown;
}

// warnings returns what bpmn-js says about a document: its reader first, then the walk that its importer draws by.
async function warnings(viewer: Viewer, xml: string): Promise<Set<string>> {
  const moddle = viewer.get<{
    fromXML(xml: string): Promise<{ rootElement: { diagrams?: Plane[] }; warnings: { message: string }[] }>;
  }>("moddle");
  const { rootElement, warnings: read } = await moddle.fromXML(xml);
  const said = new Set(read.map((w) => meaning(w.message)));
  const walker = new BpmnTreeWalker({
    root: () => ({}),
    element: () => ({}),
    error: (message: string) => said.add(meaning(message)),
  });
  for (const diagram of rootElement.diagrams ?? []) {
    if (diagram.plane !== undefined) {
      try {
        walker.handleDefinitions(rootElement, diagram);
      } catch (error) {
        said.add(`${unshowable} ${String(error)}`);
      }
    }
  }
  return said;
}

// unshowable starts what is said about a file that bpmn-js gives up on.
const unshowable = "cannot be shown:";

// meaning leaves out of a warning what differs from file to file: the place, the prefix of a vendor, and the ids of
// diagram elements, which each tool makes anew.
function meaning(message: string): string {
  return message
    .replace(/\s*line: .*/s, "")
    .replace(/unparsable content <[^:>]*:/, "unparsable content <")
    .replace(/<(bpmndi:\w+) id="[^"]*"/g, "<$1");
}

interface Triple {
  base: string;
  ours: string;
  theirs: string;
  merged: string;
}

function triples(readable: (file: string) => boolean): Triple[] {
  const long = process.env.LANEWAY_TEST_LONG === "1";
  const tools = readdirSync(corpus)
    .filter((name) => name !== "reference" && statSync(join(corpus, name)).isDirectory())
    .sort();
  const list: Triple[] = [];
  for (const reference of readdirSync(join(corpus, "reference")).filter((name) => name.endsWith(".bpmn"))) {
    const model = reference.slice(0, -".bpmn".length);
    const trips = tools
      .flatMap((tool) => readdirSync(join(corpus, tool)).map((name) => join(corpus, tool, name)))
      .filter((file) => file.includes(`/${model}-roundtrip`) && file.endsWith(".bpmn") && readable(file));
    for (const [i, ours] of trips.entries()) {
      for (const theirs of long ? trips.slice(i + 1) : trips.slice(i + 1, i + 2)) {
        const merged = join(scratch, `${list.length}.bpmn`);
        list.push({ base: join(corpus, "reference", reference), ours, theirs, merged });
      }
    }
  }
  return list;
}

beforeAll(async () => {
  if (present && laneway === "") {
    laneway = join(scratch, "laneway");
    const built = await run("go", "build", "-o", laneway, "./cmd/laneway");
    expect(built.code, built.stderr).toBe(0);
  }
}, 300_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test.skipIf(!present)(
  "natural triples merge into what bpmn-js reads without a new warning",
  async () => {
    const files = readdirSync(corpus, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".bpmn"))
      .map((name) => join(corpus, name));
    const before = await check(files);
    const list = triples((file) => before.has(file));
    expect(list.length).toBeGreaterThan(80);

    const faults: string[] = [];
    await each(list, async (t) => {
      const merge = await run(laneway, "merge", t.base, t.ours, t.theirs, "-o", t.merged);
      if (merge.code > 1) {
        faults.push(`${t.ours} + ${t.theirs}: ${merge.stderr}`);
      }
    });
    const after = await check(list.map((t) => t.merged));
    const viewer = new Viewer();
    const known = new Map<string, Set<string>>();
    const unshown = new Set<string>();
    for (const t of list) {
      for (const parent of [t.ours, t.theirs]) {
        if (!known.has(parent)) {
          // As text: the judge is asked about the model, not about encodings.
          known.set(parent, await warnings(viewer, (await run(laneway, "cat", parent)).stdout));
        }
      }
      const parents = [known.get(t.ours), known.get(t.theirs)];
      const said = await warnings(viewer, readFileSync(t.merged, "utf8"));
      // What bpmn-js gives up on has no list of warnings to compare with.
      if (parents.some((p) => [...(p ?? [])].some((s) => s.startsWith(unshowable)))) {
        unshown.add(t.merged);
        said.clear();
      }
      const fresh = (all: Set<string> | undefined, a?: Set<string>, b?: Set<string>) =>
        [...(all ?? ["it is refused"])].filter((s) => !a?.has(s) && !b?.has(s));
      for (const s of fresh(said, ...parents)) {
        faults.push(`${t.ours} + ${t.theirs}: bpmn-js says ${s}`);
      }
      for (const s of fresh(after.get(t.merged), before.get(t.ours), before.get(t.theirs))) {
        faults.push(`${t.ours} + ${t.theirs}: check says ${s}`);
      }
    }
    viewer.destroy();
    expect(faults.map((f) => f.replaceAll(`${corpus}/`, ""))).toEqual([]);
    expect(unshown.size).toBeLessThan(list.length / 20);
  },
  process.env.LANEWAY_TEST_LONG === "1" ? 1_800_000 : 300_000,
);

test("the judge hears what is wrong", async () => {
  const viewer = new Viewer();
  const file = join(scratch, "wrong.bpmn");
  writeFileSync(
    file,
    `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI">
<process id="P"><task id="A"/><sequenceFlow id="F" sourceRef="A" targetRef="Gone"/></process>
<di:BPMNDiagram id="D"><di:BPMNPlane id="PL" bpmnElement="P"><di:BPMNShape id="S1" bpmnElement="A"/><di:BPMNShape id="S2" bpmnElement="A"/></di:BPMNPlane></di:BPMNDiagram></definitions>`,
  );
  const said = [...(await warnings(viewer, readFileSync(file, "utf8")))];
  expect(said).toContain("unresolved reference <Gone>");
  expect(said.some((s) => s.includes("multiple DI elements defined"))).toBe(true);
  viewer.destroy();
});
