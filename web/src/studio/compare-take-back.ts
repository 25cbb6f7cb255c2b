// Takes single elements back from an older version: each time a new version, which can be undone.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../api/api-context";
import { ApiError, describeError } from "../api/problem";
import { restoreVersion, takeElements, versionKeys } from "../api/version";
import { notifyDone, notifyError } from "../ui/toaster";
import type { ChangeGroup } from "./change-groups";
import { typeWords } from "./change-words";
import { outlineOf } from "./document-outline";

type TakeBackProps = {
  organizationId: string;
  diagramId: string;
  from: number;
  current: number;
  // The older version's document, to name what is missing.
  before: { bpmnXml: string };
  onTaken: () => void;
};

export function useTakeBack({ organizationId, diagramId, from, current, before, onTaken }: TakeBackProps) {
  const api = useApi();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState<string | null>(null);

  const refresh = () =>
    queryClient.invalidateQueries({ queryKey: versionKeys.all(organizationId, diagramId) });
  const undo = async (version: number) => {
    try {
      await restoreVersion(api, organizationId, diagramId, current, version);
      await refresh();
    } catch (error) {
      notifyError({ text: "That could not be undone", detail: describeError(error) });
    }
  };
  const take = async (group: ChangeGroup, elements: readonly string[]) => {
    setBusy(group.id);
    try {
      const saved = await takeElements(api, organizationId, diagramId, from, {
        elements: [...elements],
        expectedVersion: current,
      });
      await refresh();
      onTaken();
      notifyDone({
        text: `Taken back from version ${from}`,
        detail: `This is version ${saved.version} now.`,
        seconds: 10,
        action: { label: "Undo", run: () => void undo(saved.version) },
      });
    } catch (error) {
      const missing = neededBesides(error, elements);
      if (missing.length === 0) {
        notifyError({ text: "That could not be taken back", detail: describeError(error) });
        return;
      }
      const outline = outlineOf(before.bpmnXml);
      const names = missing.map(
        (id) => outline.get(id)?.name || typeWords(outline.get(id)?.type ?? "") || id,
      );
      notifyError({
        text: "It can’t come back alone",
        detail: `It needs ${listed(names)}.`,
        action: { label: "Take all back", run: () => void take(group, [...elements, ...missing]) },
      });
    } finally {
      setBusy(null);
    }
  };
  return { busy, run: (group: ChangeGroup) => void take(group, [group.id]) };
}

// neededBesides gives the elements that the server says would have to be taken back as well.
function neededBesides(error: unknown, elements: readonly string[]): string[] {
  if (!(error instanceof ApiError)) return [];
  const needed = (error.problem.errors ?? []).filter(({ code }) => code === "needs_element");
  const ids = needed.flatMap(({ elementId }) => (elementId ? [elementId] : []));
  return [...new Set(ids)].filter((id) => !elements.includes(id));
}

function listed(names: readonly string[]): string {
  const some = names.slice(0, 3);
  const more = names.length - some.length;
  return more > 0 ? `${some.join(", ")} and ${more} more` : some.join(", ");
}
