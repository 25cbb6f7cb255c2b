import { expect, test } from "vitest";
import { mostPixels, pictureSize } from "./picture";

test("a picture has scale pixels for each unit, whole ones, and never too many", () => {
  const drawing = (width: number, height: number) => `<svg viewBox="-5 7.5 ${width} ${height}"><g/></svg>`;
  expect(pictureSize(drawing(200, 100), 1)).toEqual({ width: 200, height: 100, whole: true });
  expect(pictureSize(drawing(200.2, 100), 4)).toEqual({ width: 801, height: 400, whole: true });
  expect(pictureSize(drawing(10_000, 50), 4)).toEqual({ width: mostPixels, height: 82, whole: false });
  expect(pictureSize(drawing(1e6, 1), 1)).toEqual({ width: mostPixels, height: 1, whole: false });
  expect(() => pictureSize(drawing(0, 100), 1)).toThrow("no size");
  expect(() => pictureSize("<svg/>", 1)).toThrow("no size");
});
