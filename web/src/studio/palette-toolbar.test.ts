import { beforeEach, expect, it, vi } from "vitest";
import { makeToolbar } from "./palette-toolbar";

let palette: HTMLElement;
const used = vi.fn();
const afterUse = vi.fn();

beforeEach(() => {
  used.mockReset();
  afterUse.mockReset();
  document.body.innerHTML = `<div id="palette">
    <div class="entry" title="Hand" data-action="hand"></div>
    <div class="entry" aria-label="Create task" data-action="task"></div>
    <div class="entry" aria-label="Create gateway" data-action="gateway"></div>
  </div>`;
  palette = document.getElementById("palette") as HTMLElement;
  palette.addEventListener("click", (event) => used((event.target as HTMLElement).dataset.action));
  makeToolbar(palette, "Palette", afterUse);
});

const entry = (action: string) =>
  palette.querySelector<HTMLElement>(`[data-action=${action}]`) as HTMLElement;
const press = (key: string) =>
  document.activeElement?.dispatchEvent(
    new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }),
  );
const stops = () => [...palette.querySelectorAll<HTMLElement>(".entry")].map(({ tabIndex }) => tabIndex);

it("is one stop for Tab, and every entry is a button with a name", () => {
  expect(palette.getAttribute("role")).toBe("toolbar");
  expect(stops()).toEqual([0, -1, -1]);
  expect(entry("hand").getAttribute("aria-label")).toBe("Hand");
  expect(entry("task").getAttribute("role")).toBe("button");
});

it("moves with the arrows, around the ends, and with Home and End", () => {
  entry("hand").focus();
  press("ArrowDown");
  expect(document.activeElement).toBe(entry("task"));
  expect(stops()).toEqual([-1, 0, -1]);
  press("End");
  expect(document.activeElement).toBe(entry("gateway"));
  press("ArrowRight");
  expect(document.activeElement).toBe(entry("hand"));
  press("ArrowUp");
  press("Home");
  expect(document.activeElement).toBe(entry("hand"));
});

it("uses an entry with Enter and with Space", () => {
  entry("task").focus();
  press("Enter");
  press(" ");
  expect(used.mock.calls).toEqual([["task"], ["task"]]);
  expect(afterUse).toHaveBeenCalledTimes(2);
});

it("keeps one stop when the entries are drawn anew", async () => {
  palette.innerHTML = `<div class="entry" aria-label="Lasso" data-action="lasso"></div><div class="entry" title="Space" data-action="space"></div>`;
  await vi.waitFor(() => expect(stops()).toEqual([0, -1]));
  expect(entry("space").getAttribute("aria-label")).toBe("Space");
});
