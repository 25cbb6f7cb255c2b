import { expect, test } from "vitest";
import { bytes, duration, percent, since } from "./amounts";

test("amounts are read at a glance", () => {
  expect([0.0004, 0.0042, 0.087, 1.25, 10].map(duration)).toEqual([
    "0.4 ms",
    "4.2 ms",
    "87 ms",
    "1.3 s",
    "over 10 s",
  ]);
  expect([0, 4_200, 5_250_000, 182_000_000, 8.1e9].map(bytes)).toEqual([
    "0 kB",
    "4 kB",
    "5.3 MB",
    "182 MB",
    "8.1 GB",
  ]);
  expect([0, 0.0004, 0.987, 1].map(percent)).toEqual(["0%", "0.04%", "98.7%", "100%"]);
  const start = "2026-01-01T00:00:00Z";
  expect(since(start, "2026-01-01T00:04:59Z")).toBe("4 min");
  expect(since(start, "2026-01-01T05:04:00Z")).toBe("5 h 4 min");
  expect(since(start, "2026-01-04T05:04:00Z")).toBe("3 d 5 h");
});
