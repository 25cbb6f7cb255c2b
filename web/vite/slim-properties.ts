// Leaves the expression editors out of the properties panel: FEEL and CodeMirror are two thirds of its weight, and
// the panel of plain BPMN never shows them. Every package below is answered by one module whose exports are all
// the same thing that can be called, constructed and asked for any property.
//
// The names are listed one by one on purpose: an update of the panel that needs another one fails the build, and
// somebody looks whether it is still only an expression editor.
import type { Plugin } from "vite";

const stubbed: Record<string, readonly string[]> = {
  "@bpmn-io/feel-editor": ["default"],
  "@bpmn-io/feelers-editor": ["FeelersEditor"],
  "@bpmn-io/extract-process-variables": ["getVariablesForScope"],
  "@bpmn-io/extract-process-variables/zeebe": ["getVariablesForElement"],
  "@codemirror/autocomplete": ["closeBrackets", "closeBracketsKeymap"],
  "@codemirror/commands": ["history", "defaultKeymap", "historyKeymap"],
  "@codemirror/lang-json": ["jsonParseLinter", "json"],
  "@codemirror/language": [
    "syntaxHighlighting",
    "defaultHighlightStyle",
    "foldGutter",
    "bracketMatching",
    "foldKeymap",
  ],
  "@codemirror/lint": ["linter"],
  "@codemirror/state": ["Annotation", "EditorState"],
  "@codemirror/view": [
    "EditorView",
    "highlightSpecialChars",
    "drawSelection",
    "keymap",
    "placeholder",
    "lineNumbers",
  ],
};

const mark = "\0laneway-stub:";

// slimProperties works in builds only; the development server loads the real packages.
export function slimProperties(): Plugin {
  return {
    name: "laneway-slim-properties",
    apply: "build",
    enforce: "pre",
    resolveId(source) {
      return Object.hasOwn(stubbed, source) ? mark + source : null;
    },
    load(id) {
      if (!id.startsWith(mark)) return null;
      const names = stubbed[id.slice(mark.length)] ?? [];
      return {
        code: `const stub = /* @__PURE__ */ new Proxy(function () {}, {
  get: (target, key) => (key === Symbol.toPrimitive ? () => "" : stub),
  apply: () => stub,
  construct: () => stub,
});
export { ${names.map((name) => `stub as ${name}`).join(", ")} };
`,
        moduleSideEffects: false,
      };
    },
  };
}
