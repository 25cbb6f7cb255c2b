// Somebody works on what the person is just removing: that is for the server to see and for people to decide, so the
// canvas does not take it on as if it had been there before.
import BaseModeler from "bpmn-js/lib/BaseModeler";
import { afterAll, expect, test } from "vitest";
import { idOf, items, type Moddle } from "./moddle-tree";
import { ModelSync } from "./model-sync";

const modeler = new BaseModeler();
const moddle = modeler.get<{ fromXML(xml: string): Promise<{ rootElement: Moddle }> }>("moddle");
afterAll(() => modeler.destroy());

const known = `<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">
  <process id="P">
    <task id="Start"/>
    <task id="Gone" name="Old"/>
    <subProcess id="Sub"/>
    <sequenceFlow id="Flow" sourceRef="Start" targetRef="Other"/>
    <task id="Other"/>
  </process>
</definitions>`;

// left gives what has to wait when somebody makes the known document into another one while the person has removed
// an element.
async function left(removed: string, theirs: (xml: string) => string): Promise<string[]> {
  const read = async (xml: string) => (await moddle.fromXML(xml)).rootElement;
  const [canvas, before, target] = await Promise.all([read(known), read(known), read(theirs(known))]);
  const [process] = items(canvas.rootElements) as Moddle[];
  const elements = process?.flowElements as Moddle[];
  elements.splice(
    elements.findIndex((element) => idOf(element) === removed),
    1,
  );
  return new ModelSync(canvas, before, target).left.map(({ element }) => idOf(element));
}

test("an edit of it", async () => {
  expect(await left("Gone", (xml) => xml.replace("Old", "New"))).toEqual(["Gone"]);
});

test("something new in it", async () => {
  const filled = '<subProcess id="Sub"><task id="Inner"/></subProcess>';
  expect(await left("Sub", (xml) => xml.replace('<subProcess id="Sub"/>', filled))).toEqual(["Inner"]);
});

test("something new that hangs on it", async () => {
  const flow = '<sequenceFlow id="New" sourceRef="Start" targetRef="Gone"/></process>';
  expect(await left("Gone", (xml) => xml.replace("</process>", flow))).toEqual(["New"]);
});

test("something that is led to it", async () => {
  expect(await left("Gone", (xml) => xml.replace('targetRef="Other"', 'targetRef="Gone"'))).toEqual(["Flow"]);
});

test("what is elsewhere does not wait", async () => {
  expect(await left("Gone", (xml) => xml.replace('id="Other"', 'id="Other" name="New"'))).toEqual([]);
  expect(await left("Gone", (xml) => xml.replace('<task id="Gone" name="Old"/>', ""))).toEqual([]);
});
