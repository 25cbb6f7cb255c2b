// The parts of bpmn-io packages that ship without types, as far as the studio uses them.

declare module "bpmn-js-properties-panel" {
  import type { ModuleDeclaration } from "bpmn-js/lib/BaseViewer";
  export const BpmnPropertiesPanelModule: ModuleDeclaration;
  export const BpmnPropertiesProviderModule: ModuleDeclaration;
}

declare module "diagram-js-minimap" {
  import type { ModuleDeclaration } from "bpmn-js/lib/BaseViewer";

  const minimapModule: ModuleDeclaration;
  // biome-ignore lint/style/noDefaultExport: it is what the package exports
  export default minimapModule;
}
