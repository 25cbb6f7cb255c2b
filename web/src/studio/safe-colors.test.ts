import { expect, it } from "vitest";
import { hideUnsafeColors, isSafeColor } from "./safe-colors";

it.each(["#fff", "#1d5fc2", "#1d5fc280", "red", "rgb(1, 2, 3)", "rgba(1,2,3,.5)", "hsl(205deg 100% 40%)"])(
  "takes %s for a colour",
  (value) => expect(isSafeColor(value)).toBe(true),
);

it.each([
  "url(http://foreign.example/x)",
  "URL('#x')",
  "red;background:url(x)",
  "var(--x)",
  "image-set('x' 1x)",
  "rgb(url(x))",
  "#12",
  "",
  "expression(alert(1))",
  7,
  null,
])("does not take %s for a colour", (value) => expect(isSafeColor(value)).toBe(false));

it("hides an unsafe colour from the drawing and writes it all the same", () => {
  const shape: Record<string, unknown> = {
    "bioc:fill": "url(http://foreign.example/x)",
    "bioc:stroke": "#fff",
    name: "url(http://foreign.example/x)",
  };
  const moddle = {
    properties: { get: (target: object, name: string) => (target as Record<string, unknown>)[name] },
    toXML: (...args: unknown[]) => args.map((name) => moddle.properties.get(shape, String(name))),
  };
  hideUnsafeColors(moddle);
  const draw = (name: string) => moddle.properties.get(shape, name);

  expect(draw("bioc:fill")).toBeUndefined();
  expect(draw("bioc:stroke")).toBe("#fff");
  expect(draw("name")).toBe("url(http://foreign.example/x)");
  expect(moddle.toXML("bioc:fill")).toEqual(["url(http://foreign.example/x)"]);
  expect(draw("bioc:fill")).toBeUndefined();
});
