// @vitest-environment node
import { expect, it } from "vitest";
import { signInProblem } from "./sign-in-problem";

it("says something in plain words, whatever the address says", () => {
  expect(signInProblem("denied")).toContain("did not agree");
  // Both can be too old, and a person can do something else about each.
  expect(signInProblem("expired")).toContain("the clocks");
  expect(signInProblem("invitation_expired")).toContain("ask for a new one");
  for (const code of ["algorithm", "", "constructor", "__proto__", "<b>"]) {
    expect(signInProblem(code)).toContain("could not be accepted");
  }
});
