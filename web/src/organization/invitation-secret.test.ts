import { expect, test } from "vitest";
import { invitationSecret } from "./invitation-secret";

const secret = "Ab-_".repeat(10).concat("xyz");

test.each([
  [`https://laneway.example.org/invitation/${secret}`, secret],
  [` http://localhost:8080/invitation/${secret}/ `, secret],
  [`/invitation/${secret}`, secret],
  [secret, secret],
  [`https://laneway.example.org/invitation/${secret}x`, undefined],
  [`https://laneway.example.org/o/${secret}`, undefined],
  ["https://laneway.example.org", undefined],
  ["", undefined],
])("%s", (link, want) => {
  expect(invitationSecret(link)).toBe(want);
});
