// What the tests of the drawing's synchronisation run inside the browser: the editor, without the studio around it.
// See canvas-sync.test.ts.
import Modeler from "bpmn-js/lib/Modeler";
import { CanvasSync } from "../src/studio/canvas-sync";
import { content, isNode, items, type Moddle, namesOf, treeOf, written } from "../src/studio/moddle-tree";
import "../src/studio/bpmn-theme.css";

type Sheet = Record<string, unknown>;
export type Comparison = { missing: string[]; extra: string[]; milliseconds: number };

// takeOn opens one document, lets the canvas take on the other, and tells how the result differs from opening that.
export async function takeOn(from: string, to: string): Promise<Comparison> {
  const { modeler, sync } = open();
  const fresh = open().modeler;
  try {
    await modeler.importXML(from);
    await fresh.importXML(to);
    const began = performance.now();
    await sync.put({ known: from, target: to, isUnsent: () => true });
    const milliseconds = performance.now() - began;
    const have = [...(await documentOf(modeler)), ...sheetOf(modeler)];
    const want = [...(await documentOf(fresh)), ...sheetOf(fresh)];
    const [haveSet, wantSet] = [new Set(have), new Set(want)];
    return {
      missing: want.filter((line) => !haveSet.has(line)),
      extra: have.filter((line) => !wantSet.has(line)),
      milliseconds,
    };
  } finally {
    modeler.destroy();
    fresh.destroy();
  }
}

export function open(): { modeler: Modeler; sync: CanvasSync } {
  const container = document.createElement("div");
  container.style.cssText = "width: 1200px; height: 800px";
  document.body.append(container);
  const modeler = new Modeler({ container });
  const sync = new CanvasSync({
    get: (name) => modeler.get(name),
    getDefinitions: () => modeler.getDefinitions() as unknown as Moddle | undefined,
  });
  return { modeler, sync };
}

// documentOf tells what an export holds, field by field; the order of brothers means nothing.
async function documentOf(modeler: Modeler): Promise<string[]> {
  const moddle = modeler.get<{ fromXML(xml: string): Promise<{ rootElement: Moddle }> }>("moddle");
  const { xml = "" } = await modeler.saveXML();
  const { rootElement } = await moddle.fromXML(xml);
  const lines: string[] = [];
  for (const { key, element, parent, slot } of treeOf(rootElement).nodes.values()) {
    lines.push(`${key} ${element.$type} in ${parent} ${slot}`);
    for (const name of namesOf(element)) {
      // How prefixes are called, and what bpmn-js itself writes into every gateway that it imports.
      if (name.startsWith("@xmlns") || name === "@xsi:type" || name === "isMarkerVisible") continue;
      const value = content(element, name);
      const reference = element.$descriptor.propertiesByName?.[name]?.isReference ?? false;
      if (!reference && items(value).some(isNode)) continue;
      const fallback: unknown = Object.getPrototypeOf(element)[name];
      if (fallback !== undefined && String(fallback) === String(value)) continue;
      const list = reference
        ? items(value)
            .map((one) => written(one, true))
            .sort()
        : [written(value, false)];
      // bpmn-js finds a prefix for what has no namespace when it writes.
      const text = list.join(" ").replaceAll("ns0:", "");
      if (text !== "") lines.push(`${key} ${name} = ${text}`);
    }
  }
  return lines;
}

// sheetOf tells what is drawn, element by element.
function sheetOf(modeler: Modeler): string[] {
  const registry = modeler.get<{ getAll(): Sheet[] }>("elementRegistry");
  const id = (value: unknown) => (value as Sheet | null | undefined)?.id ?? null;
  return registry.getAll().map((element) =>
    JSON.stringify({
      id: element.id,
      type: element.type,
      same: (element.businessObject as Moddle | undefined)?.id,
      parent: id(element.parent),
      box: [element.x, element.y, element.width, element.height],
      ends: [id(element.source), id(element.target), id(element.host), id(element.labelTarget)],
      waypoints: element.waypoints,
      states: [Boolean(element.collapsed), Boolean(element.hidden), Boolean(element.isFrame)],
      children: ((element.children ?? []) as Sheet[]).map(id).sort(),
      lines: [...((element.incoming ?? []) as Sheet[]), ...((element.outgoing ?? []) as Sheet[])]
        .map(id)
        .sort(),
    }),
  );
}
