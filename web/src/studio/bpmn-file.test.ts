import { describe, expect, it } from "vitest";
import { placeText, readBpmnFile, titleOf } from "./bpmn-file";
import { copyTitle } from "./copies";
import { fileName } from "./download";

const definitions = (text: string) => `<definitions name="${text}"/>`;

describe("readBpmnFile", () => {
  it("reads UTF-8 and names the diagram after the file", async () => {
    const read = await readBpmnFile(new File([definitions("Größe")], "Bestellung.bpmn"));
    expect(read).toEqual({ kind: "text", bpmnXml: definitions("Größe"), title: "Bestellung" });
  });

  it("follows the declared encoding", async () => {
    const head = `<?xml version="1.0" encoding="ISO-8859-1"?>`;
    const bytes = Uint8Array.from(head + definitions("Größe"), (letter) => letter.charCodeAt(0));
    const read = await readBpmnFile(new File([bytes], "a.bpmn"));
    expect(read).toMatchObject({ kind: "text", bpmnXml: head + definitions("Größe") });
  });

  it("refuses bytes that are not in their encoding", async () => {
    const read = await readBpmnFile(new File([Uint8Array.of(0x3c, 0xff, 0x3e)], "a.bpmn"));
    expect(read).toMatchObject({ kind: "refused", refusal: { code: "encoding" } });
  });

  it("refuses other documents, broken ones and large ones", async () => {
    const code = async (text: string) => {
      const read = await readBpmnFile(new File([text], "a.bpmn"));
      return read.kind === "refused" ? read.refusal.code : read.kind;
    };
    expect(await code("<html/>")).toBe("not_bpmn");
    expect(await code("<definitions>\n<a></definitions>")).toBe("malformed");
    expect(await code(definitions("x".repeat(5 * 1024 * 1024)))).toBe("too_large");
  });
});

it("makes titles of file names", () => {
  expect(titleOf("Order to cash.bpmn20.xml")).toBe("Order to cash");
  expect(titleOf(".bpmn")).toBe("Diagram");
});

it("makes file names of titles", () => {
  expect(fileName("Order to cash", "svg")).toBe("Order to cash.svg");
  expect(fileName("../../etc/pass\u202ewd", "bpmn")).toBe("etc pass wd.bpmn");
  expect(fileName("a/b\\c:d", "bpmn")).toBe("a b c d.bpmn");
  expect(fileName("...", "bpmn")).toBe("diagram.bpmn");
  expect(fileName("CON", "bpmn")).toBe("diagram.bpmn");
  expect(fileName("x".repeat(300), "bpmn")).toBe(`${"x".repeat(120)}.bpmn`);
});

it("names a copy once, within the length of a title", () => {
  expect(copyTitle("Order")).toBe("Order (copy)");
  expect(copyTitle("Order (copy)")).toBe("Order (copy)");
  expect(copyTitle("x".repeat(200))).toHaveLength(200);
});

it("says where a fault lies", () => {
  expect(placeText({ line: 3, column: 7 })).toBe("line 3, column 7");
  expect(placeText({ line: 3 })).toBe("line 3");
  expect(placeText({ line: null, column: null })).toBe("");
});
