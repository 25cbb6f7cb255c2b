// bpmn-js draws its palette and context pad as plain div elements that only a mouse can reach. This module gives
// both the behaviour of a toolbar: one stop for Tab, arrows, Home and End to move, Enter or Space to use an entry.
// What an entry creates would then hang on a mouse pointer that nobody moves; it is put onto the sheet instead, at
// the first place near the middle where it is allowed.
import type { Element, Services } from "./bpmn-services";

class Toolbars {
  static readonly $inject = ["eventBus", "canvas", "dragging", "elementRegistry"];

  constructor(
    eventBus: Services["eventBus"],
    canvas: Services["canvas"],
    dragging: Services["dragging"],
    elementRegistry: Services["elementRegistry"],
  ) {
    const host = canvas.getContainer();
    const place = () => placeNearMiddle(canvas, dragging, elementRegistry);
    eventBus.on("palette.create", ({ container }: { container: HTMLElement }) => {
      makeToolbar(container, "Palette", place);
    });
    eventBus.on("contextPad.create", ({ pad }: { pad: HTMLElement }) => {
      makeToolbar(pad, "Element actions", place);
    });
    // Esc leads back from either toolbar to the drawing.
    host.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !(event.target instanceof HTMLElement)) return;
      if (event.target.closest("[role=toolbar]")) canvas.focus();
    });
  }
}

// toolbarModule is what bpmn-js takes among its additional modules.
export const toolbarModule = {
  __init__: ["lanewayToolbars"],
  lanewayToolbars: ["type", Toolbars],
};

const entrySelector = ".entry";

// makeToolbar works on a container whose entries come and go. afterUse runs after an entry was used by key.
export function makeToolbar(container: HTMLElement, name: string, afterUse: () => void): void {
  container.setAttribute("role", "toolbar");
  container.setAttribute("aria-label", name);

  const entries = () => [...container.querySelectorAll<HTMLElement>(entrySelector)];
  const setStop = (stop: HTMLElement | undefined) => {
    for (const entry of entries()) entry.tabIndex = entry === stop ? 0 : -1;
  };
  const refresh = () => {
    const all = entries();
    for (const entry of all) {
      entry.setAttribute("role", "button");
      if (!entry.getAttribute("aria-label") && entry.title) entry.setAttribute("aria-label", entry.title);
    }
    if (!all.some((entry) => entry.tabIndex === 0)) setStop(all[0]);
  };

  refresh();
  new MutationObserver(refresh).observe(container, { childList: true, subtree: true });

  container.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLElement && event.target.matches(entrySelector)) setStop(event.target);
  });
  container.addEventListener("keydown", (event) => {
    const at = event.target;
    if (!(at instanceof HTMLElement) || !at.matches(entrySelector)) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      at.dispatchEvent(new MouseEvent("click", { ...middle(at), bubbles: true, cancelable: true }));
      afterUse();
      return;
    }
    const next = neighbour(entries(), at, event.key);
    if (!next) return;
    event.preventDefault();
    setStop(next);
    next.focus();
  });
}

function neighbour(all: HTMLElement[], at: HTMLElement, key: string): HTMLElement | undefined {
  const index = all.indexOf(at);
  switch (key) {
    case "ArrowDown":
    case "ArrowRight":
      return all[(index + 1) % all.length];
    case "ArrowUp":
    case "ArrowLeft":
      return all[(index - 1 + all.length) % all.length];
    case "Home":
      return all[0];
    case "End":
      return all.at(-1);
    default:
      return undefined;
  }
}

function middle(element: HTMLElement): { clientX: number; clientY: number } {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { clientX: left + width / 2, clientY: top + height / 2 };
}

// Rings around the middle, in steps a little wider than a task.
const offsets = [0, 1, 2].flatMap((ring) => {
  const around = [];
  for (let x = -ring; x <= ring; x += 1) {
    for (let y = -ring; y <= ring; y += 1) {
      if (Math.max(Math.abs(x), Math.abs(y)) === ring) around.push({ x: x * 120, y: y * 100 });
    }
  }
  return around;
});

function placeNearMiddle(
  canvas: Services["canvas"],
  dragging: Services["dragging"],
  elementRegistry: Services["elementRegistry"],
): void {
  if (dragging.context()?.prefix !== "create") return;
  const centre = middle(canvas.getContainer());
  for (const offset of offsets) {
    const clientX = centre.clientX + offset.x;
    const clientY = centre.clientY + offset.y;
    const element = elementAt(clientX, clientY, canvas, elementRegistry);
    if (!element) continue;
    const point = (dx: number) => new MouseEvent("mousemove", { clientX: clientX + dx, clientY });
    // Leaving what was tried before takes the mark of refusal from it.
    dragging.out({});
    dragging.hover({ element, gfx: canvas.getGraphics(element) });
    dragging.move(point(8));
    dragging.move(point(0));
    if (!dragging.context()?.data.context?.canExecute) continue;
    dragging.end(point(0));
    canvas.focus();
    return;
  }
  dragging.cancel();
}

function elementAt(
  x: number,
  y: number,
  canvas: Services["canvas"],
  elementRegistry: Services["elementRegistry"],
): Element | undefined {
  const hit = document.elementFromPoint(x, y);
  if (!hit || !canvas.getContainer().contains(hit)) return undefined;
  const id = hit.closest("[data-element-id]")?.getAttribute("data-element-id");
  return (id ? elementRegistry.get(id) : undefined) ?? canvas.getRootElement();
}
