// blankDiagram is a valid document with one process, one start event and the drawing of both. Its ids are new each
// time: two diagrams that begin alike can then be told apart, and be put together into one document.
export function blankDiagram(suffix: string = randomSuffix()): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="Definitions_${suffix}" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="Process_${suffix}" isExecutable="false">
    <bpmn:startEvent id="StartEvent_${suffix}" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="BPMNDiagram_${suffix}">
    <bpmndi:BPMNPlane id="BPMNPlane_${suffix}" bpmnElement="Process_${suffix}">
      <bpmndi:BPMNShape id="StartEvent_${suffix}_di" bpmnElement="StartEvent_${suffix}">
        <dc:Bounds x="180" y="160" width="36" height="36" />
      </bpmndi:BPMNShape>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`;
}

// randomSuffix has seven characters as bpmn-js makes them; letters and digits only, so any id with it is an NCName.
function randomSuffix(): string {
  const alphabet = "0123456789abcdefghijklmnopqrstuvwxyz";
  return Array.from(crypto.getRandomValues(new Uint32Array(7)), (n) => alphabet[n % alphabet.length]).join(
    "",
  );
}
