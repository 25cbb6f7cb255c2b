// @vitest-environment node
import { describe, expect, it } from "vitest";
import type { CreatedDiagram, Finding } from "../api/diagram";
import { ApiError, type FieldError, offlineError, type ProblemKind } from "../api/problem";
import { type ImportItem, ImportRun, isSettled, type Upload } from "./import-run";
import type { ImportSource } from "./import-source";

type Sent = { name: string; repair: boolean; idempotencyKey: string };

const text = (name: string): ImportSource => ({ kind: "text", name, text: "<definitions/>" });
const diagram = (repairs: Finding[] = []) =>
  ({ id: "d", warnings: [], repairs }) as unknown as CreatedDiagram;
const refusal = (kind: ProblemKind, status: number, errors: FieldError[] = [], retryAfter?: number) =>
  new ApiError({ status, kind, problem: { detail: kind, errors }, retryAfter });
const fault = (code: string): FieldError => ({ field: "bpmnXml", code, detail: code, line: 3, column: 7 });

// harness runs an import whose server answers per name, in turn, with a diagram or an error.
function harness(script: Record<string, (CreatedDiagram | Error)[]>) {
  const sent: Sent[] = [];
  const waits: number[] = [];
  let keys = 0;
  let settle: (items: readonly ImportItem[]) => void = () => {};
  const upload: Upload = async (source, options) => {
    sent.push({ name: source.name, ...options });
    const next = script[source.name]?.shift();
    if (next === undefined) throw new Error(`unexpected upload of ${source.name}`);
    if (next instanceof Error) throw next;
    return next;
  };
  const run = new ImportRun({
    upload,
    newKey: () => `key-${++keys}`,
    wait: async (milliseconds) => {
      waits.push(milliseconds);
    },
    onSettled: (items) => settle(items),
  });
  const settled = (act: () => void) =>
    new Promise<readonly ImportItem[]>((resolve) => {
      settle = resolve;
      act();
    });
  return { run, sent, waits, settled };
}

const statuses = (items: readonly ImportItem[]) => items.map(({ outcome }) => outcome.status);

describe("ImportRun", () => {
  it("sends one after the other and goes on after a refusal", async () => {
    const { run, sent, settled } = harness({
      a: [diagram()],
      b: [refusal("invalid", 422, [fault("not_xml")])],
      c: [diagram()],
    });
    const items = await settled(() => run.add([text("a"), text("b"), text("c")]));
    expect(statuses(items)).toEqual(["done", "refused", "done"]);
    expect(items[1]?.outcome).toMatchObject({ repairable: false, errors: [{ line: 3, column: 7 }] });
    expect(sent.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(isSettled(items)).toBe(true);
  });

  it("offers repair only where all that is wrong can be mended, and sends it under a new key", async () => {
    const { run, sent, settled } = harness({
      ids: [refusal("invalid", 422, [fault("duplicate_id"), fault("di_invalid_bounds")]), diagram()],
      mixed: [refusal("invalid", 422, [fault("duplicate_id"), fault("di_not_number")])],
    });
    const items = await settled(() => run.add([text("ids"), text("mixed")]));
    expect(items.map(({ outcome }) => outcome.status === "refused" && outcome.repairable)).toEqual([
      true,
      false,
    ]);
    const repaired = await settled(() => run.repair([0]));
    expect(statuses(repaired)).toEqual(["done", "refused"]);
    expect(sent.filter(({ name }) => name === "ids")).toEqual([
      { name: "ids", repair: false, idempotencyKey: "key-1" },
      { name: "ids", repair: true, idempotencyKey: "key-3" },
    ]);
  });

  it("stops at a full plan and says so for all that are left", async () => {
    const { run, sent, settled } = harness({ a: [diagram()], b: [refusal("quota-exceeded", 403)] });
    const items = await settled(() => run.add([text("a"), text("b"), text("c"), text("d")]));
    expect(statuses(items)).toEqual(["done", "failed", "failed", "failed"]);
    expect(items[3]?.outcome).toEqual({ status: "failed", text: "quota-exceeded" });
    expect(sent).toHaveLength(2);
  });

  it("tries again under the same key after a lost answer", async () => {
    const { run, sent, settled } = harness({ a: [offlineError(new TypeError()), diagram()], b: [diagram()] });
    const items = await settled(() => run.add([text("a"), text("b")]));
    expect(statuses(items)).toEqual(["failed", "failed"]);
    expect(statuses(await settled(() => run.retry([0, 1])))).toEqual(["done", "done"]);
    expect(sent.map(({ name, idempotencyKey }) => [name, idempotencyKey])).toEqual([
      ["a", "key-1"],
      ["a", "key-1"],
      ["b", "key-2"],
    ]);
  });

  it("waits as long as a busy server asks, then goes on by itself", async () => {
    const { run, waits, settled } = harness({ a: [refusal("rate-limited", 429, [], 9), diagram()] });
    expect(statuses(await settled(() => run.add([text("a")])))).toEqual(["done"]);
    expect(waits).toEqual([9000]);
  });

  it("does not send what is too large, nor gives up for one file that can’t be read", async () => {
    const { run, sent, settled } = harness({ folder: [new TypeError("NotReadable")], c: [diagram()] });
    const large: ImportSource = {
      kind: "file",
      name: "large",
      file: new Blob([new Uint8Array(5 * 1024 * 1024 + 1)]),
    };
    const items = await settled(() => run.add([large, text("folder"), text("c")]));
    expect(statuses(items)).toEqual(["refused", "failed", "done"]);
    expect(sent.map(({ name }) => name)).toEqual(["folder", "c"]);
  });

  it("takes more while it runs, and tells its subscribers of each step with a new list", async () => {
    const { run, settled } = harness({ a: [diagram()], b: [diagram()] });
    const lists = new Set<readonly ImportItem[]>();
    run.subscribe(() => lists.add(run.items()));
    const items = await settled(() => {
      run.add([text("a")]);
      run.add([text("b")]);
    });
    expect(statuses(items)).toEqual(["done", "done"]);
    expect(lists.size).toBeGreaterThan(3);
    expect(run.items()).toBe(items);
  });
});
