import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiProvider } from "./api/api-context";
import { createApi } from "./api/client";
import { createQueryClient } from "./api/query-client";
import { createAppRouter } from "./routes";
import { watchPage } from "./sight/watch-page";
import "./ui/theme.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

const api = createApi();
const queryClient = createQueryClient();

const watch = watchPage(api);

createRoot(root, {
  onCaughtError(error) {
    // As React does by itself where nobody listens.
    // biome-ignore lint/suspicious/noConsole: whoever looks for a fault looks there
    console.error(error);
    watch.report(error);
  },
}).render(
  <StrictMode>
    <ApiProvider api={api}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={createAppRouter({ api, queryClient })} />
      </QueryClientProvider>
    </ApiProvider>
  </StrictMode>,
);
