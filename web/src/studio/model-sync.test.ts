// Documents of real tools are brought from one to the other: what the canvas then holds must be what a fresh reading
// of the other one holds.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import BaseModeler from "bpmn-js/lib/BaseModeler";
import { afterAll, expect, test } from "vitest";
import { content, isNode, items, type Moddle, namesOf, type Tree, treeOf, written } from "./moddle-tree";
import { ModelSync } from "./model-sync";

const corpus =
  process.env.LANEWAY_BPMN_CORPUS ?? resolve(import.meta.dirname, "../../../../shared/bpmn-corpus");
const present = statSync(corpus, { throwIfNoEntry: false }) !== undefined;
if (!present && process.env.CI === "true") {
  throw new Error(`the corpus is not at ${corpus}; set LANEWAY_BPMN_CORPUS`);
}

const modeler = new BaseModeler();
const moddle = modeler.get<{ fromXML(xml: string): Promise<{ rootElement: Moddle }> }>("moddle");
const read = async (xml: string) => (await moddle.fromXML(xml)).rootElement;
afterAll(() => modeler.destroy());

// contents tells a document as a set of lines, one for every field. Order between brothers means nothing.
function contents(definitions: Moddle): string[] {
  const tree: Tree = treeOf(definitions);
  const lines: string[] = [];
  for (const { key, element, parent, slot } of tree.nodes.values()) {
    lines.push(`${key} ${element.$type} in ${parent} ${slot}`);
    for (const name of namesOf(element)) {
      if (name.startsWith("@xmlns")) continue;
      const value = content(element, name);
      const reference = element.$descriptor.propertiesByName?.[name]?.isReference ?? false;
      if (!reference && items(value).some(isNode)) continue;
      // Written out or not, a default is the same.
      const fallback: unknown = Object.getPrototypeOf(element)[name];
      if (fallback !== undefined && String(fallback) === String(value)) continue;
      const list = reference
        ? items(value)
            .map((one) => written(one, true))
            .sort()
        : [written(value, false)];
      if (list.join("") !== "") lines.push(`${key} ${name} = ${list.join(" ")}`);
    }
  }
  return lines.sort();
}

function pairs(): [string, string][] {
  const long = process.env.LANEWAY_TEST_LONG === "1";
  const tools = readdirSync(corpus).filter((name) => statSync(join(corpus, name)).isDirectory());
  const models = readdirSync(join(corpus, "reference")).filter((name) => name.endsWith(".bpmn"));
  return models.flatMap((model) => {
    const stem = model.slice(0, -".bpmn".length);
    const files = tools.flatMap((tool) =>
      readdirSync(join(corpus, tool))
        .filter((name) => name === model || name.startsWith(`${stem}-`))
        .map((name) => join(corpus, tool, name)),
    );
    const next = files.map((file, index): [string, string] => [
      file,
      files[(index + 1) % files.length] ?? file,
    ]);
    return long ? next : next.slice(0, 3);
  });
}

test.skipIf(!present)(
  "a canvas that shows one document takes on the other",
  async () => {
    const faults: string[] = [];
    let done = 0;
    for (const [from, to] of pairs()) {
      const [a, b] = [readFileSync(from, "utf8"), readFileSync(to, "utf8")];
      let trees: [Moddle, Moddle, Moddle];
      try {
        trees = [await read(a), await read(a), await read(b)];
      } catch {
        continue;
      }
      const [canvas, known, target] = trees;
      const sync = new ModelSync(canvas, known, target);
      const { left } = sync;
      sync.apply();
      const [have, want] = [contents(canvas), contents(target)];
      const missing = want.filter((line) => !have.includes(line));
      const extra = have.filter((line) => !want.includes(line));
      if (left.length + missing.length + extra.length > 0) {
        faults.push(
          `${from} → ${to}: left ${left.length}\n- ${missing.slice(0, 4).join("\n- ")}\n+ ${extra.slice(0, 4).join("\n+ ")}`,
        );
      }
      done += 1;
    }
    expect(faults.slice(0, 10).map((fault) => fault.replaceAll(`${corpus}/`, ""))).toEqual([]);
    expect(done).toBeGreaterThan(40);
  },
  120_000,
);
