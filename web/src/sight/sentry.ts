// Reports to Sentry. Loaded when the page is idle, and only where the server names a Sentry.
import {
  type Breadcrumb,
  breadcrumbsIntegration,
  captureEvent,
  captureException,
  dedupeIntegration,
  type Event,
  init,
} from "@sentry/react";
import { routeOf } from "./place";
import { toldEvent } from "./told";
import type { StudioLoad } from "./vitals";
import type { Trouble } from "./watch-page";

export type SentrySettings = { dsn: string; release: string; environment: string; traceSampling: number };

export type Sentry = {
  report: (trouble: Trouble) => void;
  // studioLoaded tells of one opening of a diagram, of as many as are sampled.
  studioLoaded: (load: StudioLoad) => void;
  // pageLoaded tells how long the page took that one came in on, of as many as are sampled.
  pageLoaded: (pathname: string) => void;
};

export function startSentry({ dsn, release, environment, traceSampling }: SentrySettings): Sentry {
  init({
    ...{ dsn, release, environment },
    // Nothing is gathered but what is asked for here: no headers, no addresses, nothing of the console or the page.
    // Nor is Sentry to note where a report comes from.
    dataCollection: {
      ...{ userInfo: false, cookies: false, httpHeaders: false, httpBodies: [], urlQueryParams: false },
      ...{ stackFrameVariables: false, frameContextLines: 0, databaseQueryData: false, queues: false },
    },
    defaultIntegrations: false,
    integrations: [
      dedupeIntegration(),
      breadcrumbsIntegration({
        dom: false,
        fetch: true,
        history: true,
        xhr: false,
        sentry: false,
      }),
    ],
    tracePropagationTargets: [],
    sendClientReports: false,
    beforeBreadcrumb: toldBreadcrumb,
    beforeSend: (event, hint) => toldEvent(event, hint.originalException),
  });
  // A transaction has a name of ours, two times in milliseconds since the page began, and nothing else.
  const told = (transaction: string, op: string, start: number, duration: number, tags = {}) => {
    if (Math.random() >= traceSampling) return;
    const began = (performance.timeOrigin + start) / 1000;
    captureEvent({
      type: "transaction",
      transaction,
      transaction_info: { source: "custom" },
      start_timestamp: began,
      timestamp: began + duration / 1000,
      contexts: { trace: { trace_id: hex(16), span_id: hex(8), op, status: "ok" } },
      tags,
    } as Event);
  };
  return {
    report: ({ error, seenBy }) => void captureException(error, { tags: { seenBy } }),
    studioLoaded: ({ from, start, duration }) => told("open a diagram", "ui.load", start, duration, { from }),
    pageLoaded(pathname) {
      const [navigation] = performance.getEntriesByType("navigation");
      if (navigation) told(routeOf(pathname), "pageload", 0, navigation.duration);
    },
  };
}

// toldBreadcrumb keeps where one went and which call was answered how, by patterns.
function toldBreadcrumb({ category, timestamp, level, data }: Breadcrumb): Breadcrumb | null {
  const pattern = (address: unknown) => routeOf(new URL(String(address), location.origin).pathname);
  switch (category) {
    case "navigation":
      return {
        category,
        timestamp,
        data: { from: pattern(data?.from), to: pattern(data?.to) },
      } as Breadcrumb;
    case "fetch":
      return {
        ...{ category, timestamp, level },
        data: {
          method: String(data?.method),
          route: pattern(data?.url),
          status_code: Number(data?.status_code),
        },
      } as Breadcrumb;
    default:
      return null;
  }
}

function hex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))]
    .map((b) => b.toString(16).padStart(2, "0"))
    .join("");
}
