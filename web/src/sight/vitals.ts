// How fast the page is, as the browser measures it: sent to the server once the page is left, and every opening of a
// diagram when it is drawn. Names of pages and numbers, nothing about who or what.
import { type Metric, onCLS, onFCP, onINP, onLCP, onTTFB } from "web-vitals";
import type { components } from "../api/schema";
import { type PageName, pageOf } from "./place";
import { studioLoad } from "./studio-load";

type Vitals = components["schemas"]["Vitals"];

// StudioLoad is one opening of a diagram, in milliseconds since the page began.
export type StudioLoad = { from: "click" | "start"; start: number; duration: number };

export type Measured = {
  // onStudioLoad calls for each opening so far, and for those to come.
  onStudioLoad: (listener: (load: StudioLoad) => void) => void;
};

export function measurePage(): Measured {
  const page: PageName = pageOf(location.pathname);
  const gathered: Omit<Vitals, "page"> = {};
  const note = ({ name, value }: Metric) => {
    if (name === "CLS") gathered.cls = value;
    else gathered[name.toLowerCase() as "fcp" | "inp" | "lcp" | "ttfb"] = Math.max(value, 0) / 1000;
  };
  for (const measure of [onCLS, onFCP, onINP, onLCP, onTTFB]) measure(note);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || Object.keys(gathered).length === 0) return;
    send({ page, ...gathered });
    for (const name of Object.keys(gathered) as (keyof typeof gathered)[]) delete gathered[name];
  });

  watchStudio(({ from, duration }) =>
    send({ page: "studio", [from === "click" ? "studioFromClick" : "studioFromStart"]: duration / 1000 }),
  );
  return { onStudioLoad: watchStudio };
}

function watchStudio(listener: (load: StudioLoad) => void): void {
  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName(studioLoad)) {
      const { startTime: start, duration } = entry;
      const from = (entry as PerformanceMeasure).detail === "start" ? "start" : "click";
      listener({ from, start, duration });
    }
  }).observe({ type: "measure", buffered: true });
}

function send(vitals: Vitals): void {
  navigator.sendBeacon("/api/vitals", new Blob([JSON.stringify(vitals)], { type: "application/json" }));
}
