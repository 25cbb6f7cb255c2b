import { expect, test } from "vitest";
import type { Version } from "../api/version";
import { groupHistory, type HistoryDay } from "./history-groups";

const now = new Date(2026, 4, 20, 18, 0);

function version(number: number, at: Date, given: Partial<Version> = {}): Version {
  return {
    number,
    title: "Order intake",
    label: null,
    author: { id: "ada", displayName: "Ada Berg" },
    createdAt: at.toISOString(),
    parents: [number - 1],
    changeCount: 1,
    warningCount: 0,
    size: 1,
    kind: "saved",
    fromVersion: null,
    ...given,
  };
}

function shape(days: readonly HistoryDay[]): string[] {
  return days.map(({ day, entries }) => {
    const told = entries.map((entry) =>
      entry.kind === "run"
        ? `[${entry.versions.map(({ number }) => number).join(" ")}]`
        : entry.version.number,
    );
    return `${day}: ${told.join(" ")}`;
  });
}

const at = (hour: number, minute: number, day = 20) => new Date(2026, 4, day, hour, minute);

test("autosaves of one author are folded, what is current stands alone", () => {
  const versions = [
    version(6, at(12, 30)),
    version(5, at(12, 20)),
    version(4, at(12, 10)),
    version(3, at(12, 0)),
  ];
  expect(shape(groupHistory(versions, now))).toEqual(["Today: 6 [5 4 3]"]);
});

test("a pause, a name, another author and another kind each begin a new line", () => {
  const versions = [
    version(9, at(16, 0)),
    version(8, at(15, 58)),
    version(7, at(15, 0)),
    version(6, at(14, 59), { label: "Signed off" }),
    version(5, at(14, 58), { author: { id: "ben", displayName: null } }),
    version(4, at(14, 57), { author: { id: "ben", displayName: null } }),
    version(3, at(14, 56), { kind: "restored", fromVersion: 1 }),
    version(2, at(14, 55)),
    version(1, at(14, 54), { kind: "created" }),
  ];
  expect(shape(groupHistory(versions, now))).toEqual(["Today: 9 8 7 6 [5 4] 3 2 1"]);
});

test("days are told apart, and no run crosses midnight", () => {
  const versions = [
    version(6, at(0, 20)),
    version(5, at(0, 10)),
    version(4, at(0, 5)),
    version(3, at(23, 55, 19)),
    version(2, at(9, 0, 17)),
    version(1, new Date(2025, 11, 24, 9, 0)),
  ];
  expect(shape(groupHistory(versions, now))).toEqual([
    "Today: 6 [5 4]",
    "Yesterday: 3",
    "Sunday 17 May: 2",
    "24 December 2025: 1",
  ]);
});

test("nothing stored makes no day", () => {
  expect(groupHistory([], now)).toEqual([]);
});
