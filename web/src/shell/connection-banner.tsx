import { useQueryClient } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import { useEffect } from "react";
import { useStore } from "zustand";
import { useApi } from "../api/api-context";

const retryMilliseconds = 5_000;

// ConnectionBanner tells that calls do not get through, asks the server until they do, and then repeats what had
// failed. It goes by calls, not by what the browser believes of its network: the server may run on this machine.
export function ConnectionBanner() {
  const api = useApi();
  const queryClient = useQueryClient();
  const state = useStore(api.connection, (connection) => connection.state);
  const working = state === "reachable";

  useEffect(() => {
    if (working) return;
    const ask = () => {
      api.client.GET("/readyz").catch(() => {
        // The next round asks again.
      });
    };
    const timer = setInterval(ask, retryMilliseconds);
    addEventListener("online", ask);
    return () => {
      clearInterval(timer);
      removeEventListener("online", ask);
      void queryClient.refetchQueries({
        type: "active",
        predicate: (query) => query.state.status === "error" || query.state.fetchFailureCount > 0,
      });
    };
  }, [api, queryClient, working]);

  return (
    <div role="status" className="shrink-0">
      {!working && (
        <div className="flex items-center justify-center gap-2 border-line border-b bg-warning-soft px-4 py-1.5">
          <CloudOff className="size-4 shrink-0 text-warning" aria-hidden="true" />
          {state === "unreachable"
            ? "The server can’t be reached. This page goes on by itself as soon as it can."
            : "The server is not ready at the moment. This page goes on by itself as soon as it is."}
        </div>
      )}
    </div>
  );
}
