// The library: all diagrams of an organization.
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { useApi } from "../api/api-context";
import { createDiagram, listQuery } from "../api/diagram";
import { newKey } from "../api/idempotency";
import { ApiError, describeError } from "../api/problem";
import { projectKeys, projectQuery } from "../api/project";
import { acrossExpiry, type Organization } from "../api/session";
import { Button } from "../ui/button";
import { HeaderSlot } from "../ui/header-slot";
import { Notice } from "../ui/notice";
import { usePageTitle } from "../ui/page-title";
import { notifyError } from "../ui/toaster";
import { ArchivedProjectsDialog } from "./archived-projects-dialog";
import { blankDiagram } from "./blank-diagram";
import { useDiagramActions } from "./diagram-actions";
import { CollectionSkeleton, DiagramCollection } from "./diagram-collection";
import { EmptyLibrary } from "./empty-library";
import { ImportDialog } from "./import-dialog";
import { sourcesFromFiles } from "./import-source";
import { filterOf, type LibrarySearch } from "./library-search";
import { LibraryToolbar } from "./library-toolbar";
import { flatten } from "./list-cache";
import { ListEnd, ListFailure, SlowHint } from "./list-states";
import { rememberOpened } from "./opened";
import { useProjectActions } from "./project-actions";
import { ProjectHeading } from "./project-heading";
import { ProjectMenu, ProjectRail } from "./project-nav";
import { QuotaLine } from "./quota-line";
import { useImport, useIncoming } from "./use-import";
import { useViewMode } from "./view-mode";

// The code of forms is not needed to look at the list.
const ProjectDialog = lazy(async () => ({ default: (await import("./project-dialog")).ProjectDialog }));

type LibraryPageProps = {
  organization: Organization;
  search: LibrarySearch;
  onSearch: (search: LibrarySearch) => void;
  // prefetchStudio loads the studio's code ahead, when there is nothing else to do.
  prefetchStudio: () => void;
};

export function LibraryPage({ organization, search, onSearch, prefetchStudio }: LibraryPageProps) {
  const organizationId = organization.id;
  const canWrite = organization.role !== "viewer";
  const projectId = search.project;
  const api = useApi();
  const queryClient = useQueryClient();
  const { data: project, error: noProject } = useQuery({
    ...projectQuery(api, organizationId, projectId ?? ""),
    enabled: projectId !== undefined,
  });
  const shown = projectId === undefined ? undefined : project;
  const canAdd = canWrite && (projectId === undefined || shown?.archivedAt === null);
  usePageTitle(shown?.name ?? "Diagrams");
  const [dialog, setDialog] = useState<"new-project" | "edit-project" | "archive">();
  const projectActions = useProjectActions(organizationId);
  const navigate = useNavigate();
  const [view, setView] = useViewMode();
  const [quota, setQuota] = useState<string>();
  const [creating, setCreating] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const actions = useDiagramActions(organizationId, setQuota);

  const list = useInfiniteQuery({
    ...listQuery(api, organizationId, filterOf(search)),
    placeholderData: keepPreviousData,
  });
  const diagrams = flatten(list.data);
  const filtered = search.q !== undefined;

  useIdle(prefetchStudio, list.isSuccess);

  const open = useCallback(
    (diagramId: string) => {
      rememberOpened(organizationId, diagramId);
      void navigate({ to: "/o/$organizationId/diagrams/$diagramId", params: { organizationId, diagramId } });
    },
    [navigate, organizationId],
  );
  const imports = useImport(organizationId, projectId, open);
  const dragging = useIncoming(canAdd, imports.start);

  // A new diagram keeps its key until the server has answered: pressing the button again makes no second one.
  const creation = useRef<{ key: string; bpmnXml: string }>(undefined);
  const create = async () => {
    setCreating(true);
    setQuota(undefined);
    creation.current ??= { key: newKey(), bpmnXml: blankDiagram() };
    const { key, bpmnXml } = creation.current;
    try {
      const blank = { title: "Untitled diagram", bpmnXml, ...(projectId ? { projectId } : {}) };
      const diagram = await acrossExpiry(api, () => createDiagram(api, organizationId, blank, key));
      open(diagram.id);
    } catch (error) {
      if (error instanceof ApiError && error.kind === "quota-exceeded") setQuota(describeError(error));
      else notifyError({ text: "No diagram was made", detail: describeError(error) });
      if (isFinal(error)) creation.current = undefined;
    } finally {
      setCreating(false);
    }
  };
  const pick = () => picker.current?.click();

  // An empty list that is being asked for again may be out of date: nobody is told that there is nothing.
  const unknown = list.isPending || (diagrams.length === 0 && list.isFetching);
  const empty = list.isSuccess && !unknown && !list.isPlaceholderData && diagrams.length === 0;
  const select = (id: string | undefined) => {
    const { project: _, ...others } = search;
    onSearch(id ? { ...others, project: id } : others);
  };
  const navigation = {
    organizationId,
    selected: projectId,
    canWrite,
    onSelect: select,
    onNew: () => setDialog("new-project"),
    onArchive: () => setDialog("archive"),
  };
  if (noProject instanceof ApiError && noProject.kind === "not-found") {
    return (
      <div className="flex flex-1 flex-col items-center justify-center gap-4 py-12">
        <h1 tabIndex={-1} className="font-semibold text-xl">
          There is no such project
        </h1>
        <Button onClick={() => select(undefined)}>Show all diagrams</Button>
      </div>
    );
  }
  return (
    <div className="mx-auto flex w-full max-w-[90rem] flex-1 gap-6 p-4 sm:px-6">
      {shown && (
        <HeaderSlot name="title">
          <span className="truncate px-1.5 font-medium">{shown.name}</span>
        </HeaderSlot>
      )}
      <ProjectRail {...navigation} />
      <div className="flex min-w-0 flex-1 flex-col gap-4">
        <ProjectMenu {...navigation} />
        <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
          {shown ? (
            <ProjectHeading
              project={shown}
              canWrite={canWrite}
              actions={projectActions}
              onEdit={() => setDialog("edit-project")}
            />
          ) : (
            <h1 tabIndex={-1} className="font-semibold text-xl">
              {projectId === undefined ? "Diagrams" : "Project"}
            </h1>
          )}
          <QuotaLine organizationId={organizationId} />
        </div>
        <LibraryToolbar
          organizationId={organizationId}
          search={search}
          onSearch={onSearch}
          view={view}
          onView={setView}
          canWrite={canAdd}
          creating={creating}
          onNew={() => void create()}
          onImport={pick}
        />
        {quota && (
          <Notice
            tone="danger"
            action={
              <Button size="small" onClick={() => setQuota(undefined)}>
                Dismiss
              </Button>
            }
          >
            {quota}
          </Notice>
        )}
        <p role="status" className="sr-only">
          {list.isSuccess && !list.isPlaceholderData ? countText(diagrams.length, list.hasNextPage) : ""}
        </p>
        <section aria-label="Diagrams" aria-busy={list.isFetching} className="flex flex-1 flex-col">
          {unknown && (
            <>
              <CollectionSkeleton view={view} count={12} />
              <SlowHint onRetry={() => void list.refetch()} />
            </>
          )}
          {list.isError && !unknown && diagrams.length === 0 && (
            <ListFailure error={list.error} onRetry={() => void list.refetch()} />
          )}
          {diagrams.length > 0 && (
            <DiagramCollection
              organizationId={organizationId}
              diagrams={diagrams}
              view={view}
              canWrite={canWrite}
              actions={actions}
            />
          )}
          {empty && !filtered && (
            <EmptyLibrary canWrite={canAdd} creating={creating} onNew={() => void create()} onImport={pick} />
          )}
          {empty && filtered && (
            <div className="flex flex-1 flex-col items-center justify-center gap-4 py-12">
              <p>No title contains “{search.q}”.</p>
              <Button onClick={() => onSearch(search.sort ? { sort: search.sort } : {})}>
                Show all diagrams
              </Button>
            </div>
          )}
          {diagrams.length > 0 && <ListEnd list={list} />}
        </section>
      </div>
      <input
        ref={picker}
        type="file"
        multiple
        accept=".bpmn,.bpmn2,.xml,application/bpmn+xml,application/xml,text/xml"
        aria-label="Choose files to import"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          imports.start(sourcesFromFiles(event.target.files ?? []));
          event.target.value = "";
        }}
      />
      {(dialog === "new-project" || (dialog === "edit-project" && shown)) && (
        <Suspense fallback={null}>
          <ProjectDialog
            organizationId={organizationId}
            project={dialog === "edit-project" ? shown : undefined}
            onClose={() => setDialog(undefined)}
            onDone={(done) => {
              setDialog(undefined);
              queryClient.setQueryData(projectKeys.detail(organizationId, done.id), done);
              select(done.id);
            }}
          />
        </Suspense>
      )}
      {dialog === "archive" && (
        <ArchivedProjectsDialog
          organizationId={organizationId}
          canWrite={canWrite}
          actions={projectActions}
          onShow={(id) => {
            setDialog(undefined);
            select(id);
          }}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dragging && <DropOverlay place={shown?.name ?? organization.name} />}
      {imports.shown && imports.run && (
        <ImportDialog
          organizationId={organizationId}
          run={imports.run}
          items={imports.items}
          onClose={imports.close}
        />
      )}
    </div>
  );
}

function DropOverlay({ place }: { place: string }) {
  return (
    <div className="pointer-events-none fixed inset-0 z-40 bg-scrim p-4">
      <div className="flex size-full items-center justify-center rounded-lg border-2 border-accent border-dashed">
        <p className="rounded-md border border-line bg-raised px-4 py-3 font-medium text-base">
          Drop BPMN files to import them into {place}
        </p>
      </div>
    </div>
  );
}

// useIdle runs something once when it may and the browser has nothing else to do.
function useIdle(run: () => void, may: boolean): void {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => {
    if (!may) return;
    if (typeof requestIdleCallback === "undefined") {
      const timer = setTimeout(() => latest.current(), 2_000);
      return () => clearTimeout(timer);
    }
    const handle = requestIdleCallback(() => latest.current(), { timeout: 5_000 });
    return () => cancelIdleCallback(handle);
  }, [may]);
}

// isFinal: the server has answered and will answer this key the same way again.
function isFinal(error: unknown): boolean {
  return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429;
}

function countText(count: number, more: boolean): string {
  if (more) return `The first ${count} diagrams are shown`;
  return count === 1 ? "1 diagram" : `${count} diagrams`;
}
