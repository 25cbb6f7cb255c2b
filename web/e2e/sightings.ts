// Sightings notes in the pages themselves when a label came to be seen, and when the save that carries it was
// acknowledged. The driver's own waits look only every half second in the end, and cost what they measure.
import type { BrowserContext, Page } from "playwright-core";

// Times are in milliseconds of the machine's clock.
type Notes = {
  seen: Record<string, number>;
  acknowledged: Record<string, number>;
};

// A label to be noted: P, who, -, the number of the edit.
export function labelOf(who: number, edit: number): string {
  return `P${who}-${edit}`;
}

export async function noteSightings(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    performance.setResourceTimingBufferSize(20_000);
    const pattern = /P\d+-\d+/g;
    const seen: Record<string, number> = {};
    const saves: { begun: number; labels: string[]; done: boolean }[] = [];
    const now = () => performance.timeOrigin + performance.now();

    // What was added to the page is seen with the next frame.
    const waiting = new Set<string>();
    const frame = () => {
      for (const label of waiting) seen[label] ??= now();
      waiting.clear();
    };
    new MutationObserver((mutations) => {
      for (const { addedNodes } of mutations) {
        for (const node of addedNodes) {
          for (const label of node.textContent?.match(pattern) ?? []) {
            if (label in seen) continue;
            if (waiting.size === 0) requestAnimationFrame(frame);
            waiting.add(label);
          }
        }
      }
    }).observe(document, { childList: true, subtree: true });

    const send = window.fetch;
    window.fetch = async (input, init) => {
      const request = new Request(input, init);
      if (request.method !== "PUT") return send(request);
      const body = await request.clone().text();
      const save = { begun: performance.now(), labels: body.match(pattern) ?? [], done: false };
      saves.push(save);
      const response = await send(request);
      save.done = response.status === 200;
      return response;
    };

    Reflect.set(window, "sightings", (): Notes => {
      const acknowledged: Record<string, number> = {};
      const answers = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
      for (const { begun, labels, done } of saves) {
        // One request of the session is under way at a time, so the next one to the diagram is this save.
        const answer = answers.find(
          ({ name, startTime }) => startTime >= begun && /\/api\/diagrams\/[^/?]+($|\?)/.test(name),
        );
        if (!done || !answer) continue;
        for (const label of labels) acknowledged[label] ??= performance.timeOrigin + answer.responseStart;
      }
      return { seen, acknowledged };
    });
  });
}

// Waits are the times, in milliseconds, until somebody else saw an edit.
export type Waits = { sinceAcknowledged: number[]; sinceDrawn: number[] };

// waitsBetween compares what all pages have noted. Who saves again before others have looked overtakes the own label: then
// the later one is what they see.
export async function waitsBetween(pages: readonly Page[]): Promise<Waits> {
  const notes = await Promise.all(
    pages.map((page) => page.evaluate(() => (Reflect.get(window, "sightings") as () => Notes)())),
  );
  const waits: Waits = { sinceAcknowledged: [], sinceDrawn: [] };
  for (const [who, own] of notes.entries()) {
    const edits = Object.keys(own.acknowledged)
      .filter((label) => label.startsWith(`P${who}-`))
      .sort((a, b) => numberOf(a) - numberOf(b));
    for (const [other, { seen }] of notes.entries()) {
      if (other === who) continue;
      for (const [at, label] of edits.entries()) {
        const sights = edits.slice(at).map((later) => seen[later] ?? Number.POSITIVE_INFINITY);
        const sight = Math.min(...sights);
        // Who sees it before the answer is back has not waited.
        waits.sinceAcknowledged.push(Math.max(0, sight - (own.acknowledged[label] ?? sight)));
        waits.sinceDrawn.push(sight - (own.seen[label] ?? sight));
      }
    }
  }
  return waits;
}

function numberOf(label: string): number {
  return Number(label.slice(label.indexOf("-") + 1));
}
