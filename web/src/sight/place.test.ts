import { expect, test } from "vitest";
import { pageOf, routeOf } from "./place";

test("an address is told by its pattern", () => {
  expect(routeOf("/o/0190/diagrams/0191/compare")).toBe("/o/{}/diagrams/{}/compare");
  expect(routeOf("/invitation/secret-of-a-link")).toBe("/invitation/{}");
  expect(routeOf("/what/ever")).toBe("/{}/{}");
  expect(pageOf("/o/0190/diagrams/0191")).toBe("studio");
  expect(pageOf("/o/0190/diagrams")).toBe("library");
  expect(pageOf("/o/diagrams/diagrams")).toBe("other");
  expect(pageOf("/")).toBe("other");
});
