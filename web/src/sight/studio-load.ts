// How long it takes to open a diagram: from the click on it, or from the start of the page, until its canvas is
// drawn. The times are the browser's own marks, which the vitals read when there is nothing else to do.
const opening = "laneway-studio-opening";
export const studioLoad = "laneway-studio-load";

// studioOpening begins the time. On the page that one came in on it began with the page.
export function studioOpening(from: "click" | "start"): void {
  performance.clearMarks(opening);
  performance.mark(opening, { detail: from, ...(from === "start" ? { startTime: 0 } : {}) });
}

// studioWaits ends it without a result: the person is asked something first.
export function studioWaits(): void {
  performance.clearMarks(opening);
}

// studioDrawn ends it with the frame that shows the canvas.
export function studioDrawn(): void {
  requestAnimationFrame(() => {
    const mark = performance.getEntriesByName(opening, "mark").at(-1);
    if (!(mark instanceof PerformanceMark)) return;
    performance.clearMarks(opening);
    performance.measure(studioLoad, { start: mark.startTime, detail: mark.detail });
  });
}
