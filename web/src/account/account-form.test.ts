// @vitest-environment node
import { describe, expect, it } from "vitest";
import { ApiError } from "../api/problem";
import { sortErrors } from "./account-form";

const fields = ["email", "password"] as const;
const refusal = (errors: { field: string; code: string; detail: string }[]) =>
  new ApiError({ status: 422, kind: "invalid", problem: { errors } });

describe("sortErrors", () => {
  it("puts each error beside its field, the first of each, and keeps the others", () => {
    const error = refusal([
      { field: "password", code: "short", detail: "at least 12 characters" },
      { field: "password", code: "common", detail: "too common" },
      { field: "invitation", code: "unknown_field", detail: "is not known here" },
    ]);
    expect(sortErrors(error, fields)).toEqual({
      byField: [{ field: "password", detail: "At least 12 characters." }],
      rest: ["Is not known here."],
    });
  });

  it("has nothing to sort in an error without fields", () => {
    expect(sortErrors(refusal([]), fields)).toEqual({ byField: [], rest: [] });
    expect(sortErrors(new Error("x"), fields)).toEqual({ byField: [], rest: [] });
  });
});
