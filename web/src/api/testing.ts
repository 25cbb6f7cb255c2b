// For tests: an Api over a transport that is told what to answer, and remembers what it was asked.
import { type Api, createApi } from "./client";

type Answer = Response | Error | ((request: Request) => Response | Promise<Response>);

export function scriptedApi(...answers: Answer[]): { api: Api; requests: Request[] } {
  const requests: Request[] = [];
  const api = createApi({
    baseUrl: "http://laneway.test",
    fetch: async (request) => {
      requests.push(request.clone());
      const next = answers.shift();
      if (next === undefined) throw new Error(`unexpected request: ${request.method} ${request.url}`);
      if (next instanceof Error) throw next;
      return typeof next === "function" ? next(request) : next;
    },
  });
  return { api, requests };
}

export function json(body: unknown, init: ResponseInit = {}): Response {
  return new Response(JSON.stringify(body), {
    ...init,
    headers: { "Content-Type": "application/json", ...init.headers },
  });
}

export function problem(
  status: number,
  kind: string,
  members: object = {},
  headers: HeadersInit = {},
): Response {
  const body = { type: `/problems/${kind}`, title: kind, status, instance: "req-1", ...members };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/problem+json", "X-Request-Id": "req-1", ...headers },
  });
}
