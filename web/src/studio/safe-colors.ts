// Colours in a document come from strangers. bpmn-js writes them into the drawing as they are, so a colour of
// url(http://…) would make the browser ask a foreign server. The content security policy forbids that; this
// keeps such values out of the drawing in the first place, and out of an exported picture.

const colorProperties = new Set([
  "color:background-color",
  "color:border-color",
  "color:color",
  "bioc:fill",
  "bioc:stroke",
]);

const hex = /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i;
const named = /^[a-z]{3,24}$/i;
const numeric = /^(?:rgb|rgba|hsl|hsla)\([0-9.,%/\sdeg+-]{1,60}\)$/i;

// isSafeColor tells whether a value is a colour and nothing else.
export function isSafeColor(value: unknown): boolean {
  return typeof value === "string" && (hex.test(value) || named.test(value) || numeric.test(value));
}

type Moddle = {
  properties: { get(target: object, name: string): unknown };
  toXML(...args: unknown[]): unknown;
};

// hideUnsafeColors makes the drawing read an unsafe colour as no colour. Writing the document still sees the
// value, so that nothing is dropped from it in silence.
export function hideUnsafeColors(moddle: Moddle): void {
  const { properties } = moddle;
  const read = properties.get.bind(properties);
  const write = moddle.toXML.bind(moddle);
  let writing = false;

  properties.get = (target, name) => {
    const value = read(target, name);
    if (writing || !colorProperties.has(name) || value === undefined || isSafeColor(value)) return value;
    return undefined;
  };
  moddle.toXML = (...args) => {
    writing = true;
    try {
      return write(...args);
    } finally {
      writing = false;
    }
  };
}
