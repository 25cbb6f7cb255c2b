import type { ErrorEvent } from "@sentry/react";
import { expect, test } from "vitest";
import { toldEvent, toldMessage } from "./told";

test("of an error's text is told what cannot be somebody's", () => {
  expect(toldMessage(new TypeError("Cannot read properties of undefined (reading 'canary')"))).toBe(
    "Cannot read properties of undefined (reading …)",
  );
  expect(toldMessage(new TypeError('"canary" at https://laneway.test/o/canary'))).toBe("… at …");
  expect(toldMessage(new SyntaxError('Unexpected token c, "canary" is not valid JSON'))).toBe("");
  expect(toldMessage(new Error("canary"))).toBe("");
  expect(toldMessage("canary")).toBe("");
});

test("a report has what stands on the list", () => {
  const event: ErrorEvent = {
    type: undefined,
    event_id: "1",
    level: "error",
    message: "canary",
    request: { url: "https://laneway.test/canary", headers: { Cookie: "canary" } },
    user: { email: "canary" },
    extra: { canary: "canary" },
    contexts: { canary: { canary: "canary" } },
    tags: { canary: "canary", seenBy: "react" },
    exception: {
      values: [
        {
          type: "Error",
          value: "canary",
          stacktrace: {
            frames: [
              {
                filename: "https://laneway.test/assets/main-1a.js?canary",
                function: "f",
                vars: { canary: 1 },
              },
              {
                filename: "https://laneway.test/assets/main-1a.js",
                function: "f",
                context_line: "canary",
                lineno: 3,
              },
            ],
          },
        },
      ],
    },
  };
  const told = toldEvent(event, new Error("canary"));
  expect(JSON.stringify(told)).not.toContain("canary");
  expect(told?.exception?.values?.[0]?.stacktrace?.frames?.[1]).toMatchObject({
    filename: "app:///assets/main-1a.js",
    lineno: 3,
  });
  expect(told?.tags).toEqual({ route: "/", seenBy: "react" });
});

test("a part of the page that did not load is no report", () => {
  const event: ErrorEvent = { type: undefined };
  expect(
    toldEvent(event, new TypeError("Failed to fetch dynamically imported module: https://x")),
  ).toBeNull();
  expect(toldEvent(event, Object.assign(new Error("gone"), { name: "ChunkLoadError" }))).toBeNull();
});
