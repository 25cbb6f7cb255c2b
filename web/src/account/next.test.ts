// @vitest-environment node
import { expect, it } from "vitest";
import { isSafeNext } from "./next";

it.each([
  ["/o/1/diagrams?sort=title#x", true],
  ["/", true],
  ["//evil.example", false],
  ["/\\evil.example", false],
  ["/\t/evil.example", false],
  ["/x\\y", false],
  ["https://evil.example", false],
  ["javascript:alert(1)", false],
  ["", false],
  ["/sign-in?next=/sign-in", false],
  ["/sign-up", false],
  ["/sign-inn", true],
  ["/forgotten#x", false],
  ["/password-reset/x", false],
  ["/api/auth/sign-out", false],
  ["/api", false],
  ["/ä", false],
  ["/%C3%A4", true],
  ["/x\u007f", false],
  ["/\r\nSet-Cookie: x=y", false],
  [`/${"x".repeat(2000)}`, false],
  [undefined, false],
  [["/"], false],
])("%j: %s", (next, safe) => {
  expect(isSafeNext(next)).toBe(safe);
});
