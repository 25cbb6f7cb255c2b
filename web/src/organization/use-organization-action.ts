import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { useApi } from "../api/api-context";
import { organizationKeys } from "../api/organization";
import { describeError } from "../api/problem";
import { acrossExpiry, sessionKeys } from "../api/session";
import { notifyError } from "../ui/toaster";

// useOrganizationAction runs one change at a time, tells a refusal under the given text, and afterwards has everything
// about the organization loaded anew. It answers whether the change was made.
export function useOrganizationAction(organizationId: string) {
  const api = useApi();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState<string>();

  const run = useCallback(
    async (key: string, failure: string, change: () => Promise<unknown>): Promise<boolean> => {
      setBusy(key);
      try {
        await acrossExpiry(api, change);
        return true;
      } catch (error) {
        notifyError({ text: failure, detail: describeError(error) });
        return false;
      } finally {
        setBusy(undefined);
        void queryClient.invalidateQueries({ queryKey: organizationKeys.all(organizationId) });
        void queryClient.invalidateQueries({ queryKey: sessionKeys.me });
      }
    },
    [api, queryClient, organizationId],
  );
  return { busy, run };
}
