// Watches the page for an operator: errors nobody handled, and how fast it is. In the entry chunk is only what must be
// there from the start; the rest is loaded when the page is idle, and Sentry only where the server names one.
import { type Api, answer } from "../api/client";

// Trouble is an error that nobody handled, and what became aware of it.
export type Trouble = { error: unknown; seenBy: "page" | "promise" | "react" };

export type PageWatch = {
  // report takes an error that React caught.
  report: (error: unknown) => void;
};

// How many errors are kept until it is known whether anybody wants to hear of them.
const kept = 20;

export function watchPage(api: Api): PageWatch {
  const { pathname } = location;
  const early: Trouble[] = [];
  let tell: ((trouble: Trouble) => void) | null = (trouble) => {
    if (early.length < kept) early.push(trouble);
  };
  addEventListener("error", ({ error }) => tell?.({ error, seenBy: "page" }));
  addEventListener("unhandledrejection", ({ reason }) => tell?.({ error: reason, seenBy: "promise" }));

  whenIdle(async () => {
    // Together, so that nobody is left with the failure of one where both fail.
    const [measured, settings] = await Promise.all([
      import("./vitals").then(({ measurePage }) => measurePage()),
      answer(api.client.GET("/api/web")),
    ]);
    if (settings.sentryDsn === null) {
      tell = null;
      early.length = 0;
      return;
    }
    const { startSentry } = await import("./sentry");
    const sentry = startSentry({ ...settings, dsn: settings.sentryDsn });
    tell = sentry.report;
    for (const trouble of early.splice(0)) tell(trouble);
    sentry.pageLoaded(pathname);
    measured.onStudioLoad(sentry.studioLoaded);
  });

  return { report: (error) => tell?.({ error, seenBy: "react" }) };
}

// whenIdle runs when the page has loaded and has nothing to do. What goes wrong there is of no importance to anybody.
function whenIdle(run: () => Promise<void>): void {
  const start = () => void run().catch(() => {});
  const wait = () => {
    if ("requestIdleCallback" in window) requestIdleCallback(start, { timeout: 10_000 });
    else setTimeout(start, 2_000);
  };
  if (document.readyState === "complete") setTimeout(wait, 500);
  else addEventListener("load", () => setTimeout(wait, 500), { once: true });
}
