import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Monitor } from "lucide-react";
import { useState } from "react";
import { accountKeys, endOtherSessions, endSession, sessionsQuery } from "../api/account";
import { useApi } from "../api/api-context";
import { describeError } from "../api/problem";
import { acrossExpiry } from "../api/session";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { notifyDone, notifyError } from "../ui/toaster";
import { browserName } from "./browser-name";

// SessionSection lists where one is signed in, and ends what one does not know.
export function SessionSection() {
  const api = useApi();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState<string>();
  const list = useQuery(sessionsQuery(api));
  const sessions = list.data ?? [];

  const end = async (key: string, done: string, call: () => Promise<void>) => {
    setBusy(key);
    try {
      await acrossExpiry(api, call);
      await queryClient.invalidateQueries({ queryKey: accountKeys.sessions });
      notifyDone({ text: done });
    } catch (error) {
      notifyError({ text: "The session was not ended", detail: describeError(error) });
    } finally {
      setBusy(undefined);
    }
  };

  return (
    <section aria-labelledby="sessions-heading" aria-busy={list.isFetching}>
      <div className="mb-2 flex flex-wrap items-center justify-between gap-2">
        <h2 id="sessions-heading" className="font-semibold text-base">
          Sessions
        </h2>
        {sessions.length > 1 && (
          <Button
            busy={busy === "others"}
            onClick={() => void end("others", "All other sessions have ended", () => endOtherSessions(api))}
          >
            End all others
          </Button>
        )}
      </div>
      {list.isError && !list.data && (
        <Notice tone="danger" action={<Button onClick={() => void list.refetch()}>Try again</Button>}>
          {describeError(list.error)}
        </Notice>
      )}
      {list.isPending && <Skeleton className="h-14" />}
      {sessions.length > 0 && (
        <ul aria-labelledby="sessions-heading" className="rounded-lg border border-line bg-surface">
          {sessions.map((session) => {
            const name = browserName(session.userAgent);
            return (
              <li
                key={session.id}
                className="flex min-h-14 items-center gap-3 border-line border-b px-3 py-2 last:border-b-0"
              >
                <Monitor className="size-5 shrink-0 text-muted" aria-hidden="true" />
                <div className="min-w-0 flex-1">
                  <div className="truncate font-medium" title={session.userAgent ?? undefined}>
                    {name}
                  </div>
                  <div className="text-muted text-xs">
                    {session.current ? "This session, since " : "Used "}
                    <time dateTime={session.current ? session.createdAt : session.seenAt}>
                      {formatTime(session.current ? session.createdAt : session.seenAt)}
                    </time>
                  </div>
                </div>
                {!session.current && (
                  <Button
                    aria-label={`End the session of ${name}`}
                    busy={busy === session.id}
                    onClick={() =>
                      void end(session.id, "The session has ended", () => endSession(api, session.id))
                    }
                  >
                    End
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

function formatTime(time: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(
    new Date(time),
  );
}
