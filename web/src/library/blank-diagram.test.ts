import { describe, expect, it } from "vitest";
import { blankDiagram } from "./blank-diagram";

const parse = (xml: string) => new DOMParser().parseFromString(xml, "application/xml");

describe("blankDiagram", () => {
  it("is well-formed, draws what it has and refers to nothing else", () => {
    const document = parse(blankDiagram());
    expect(document.querySelector("parsererror")).toBeNull();
    expect(document.documentElement.localName).toBe("definitions");
    expect(document.documentElement.namespaceURI).toBe("http://www.omg.org/spec/BPMN/20100524/MODEL");
    const elements = [...document.getElementsByTagName("*")];
    const ids = elements.map((element) => element.getAttribute("id")).filter((id) => id !== null);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[A-Za-z_][\w.-]*$/.test(id))).toBe(true);
    const drawn = elements.map((element) => element.getAttribute("bpmnElement")).filter((id) => id !== null);
    expect(drawn).toHaveLength(2);
    expect(drawn.every((id) => ids.includes(id))).toBe(true);
  });

  it("has new ids each time", () => {
    const ids = (xml: string) =>
      [...parse(xml).getElementsByTagName("*")].map((element) => element.getAttribute("id"));
    const second = ids(blankDiagram());
    expect(ids(blankDiagram()).filter((id) => id !== null && second.includes(id))).toEqual([]);
  });
});
