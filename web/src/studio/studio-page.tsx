// The page of one diagram: loads it and who asks, then hands over to the studio. The head is read once per opening;
// nothing refetches it while it is being edited.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { useApi } from "../api/api-context";
import { diagramQuery } from "../api/diagram";
import { ApiError, describeError } from "../api/problem";
import { projectQuery } from "../api/project";
import { meQuery, type Organization } from "../api/session";
import { Button, buttonStyle } from "../ui/button";
import { HeaderSlot } from "../ui/header-slot";
import { usePageTitle } from "../ui/page-title";
import { Skeleton } from "../ui/skeleton";
import { OrphanedDrafts } from "./orphaned-drafts";
import { Studio } from "./studio";

type StudioPageProps = { organizationId: string; diagramId: string };

// preloadStudio loads the code that draws, which is most of the studio, without waiting for anything else.
export function preloadStudio(role: Organization["role"]): void {
  // What does not arrive now is asked for again when it is needed.
  (role === "viewer" ? import("./bpmn-viewer") : import("./bpmn-modeler")).catch(() => {});
}

export function StudioPage({ organizationId, diagramId }: StudioPageProps) {
  const api = useApi();
  const me = useQuery(meQuery(api));
  const diagram = useQuery(diagramQuery(api, organizationId, diagramId));
  const [opening, setOpening] = useState(0);
  const ended = useRef(new Set<string>());

  const role = me.data?.organizations.find(({ id }) => id === organizationId)?.role;
  // The code comes beside the document, not after it.
  useEffect(() => {
    if (role) preloadStudio(role);
  }, [role]);
  if (me.data && role && diagram.data) {
    const { projectId } = diagram.data;
    return (
      <>
        {projectId && <ProjectCrumb organizationId={organizationId} projectId={projectId} />}
        <Studio
          key={opening}
          organizationId={organizationId}
          userId={me.data.user.id}
          role={role}
          diagram={diagram.data}
          ended={ended.current}
          onReopen={async () => {
            await diagram.refetch({ throwOnError: true });
            setOpening((count) => count + 1);
          }}
        />
      </>
    );
  }
  const error = diagram.error ?? me.error;
  if (!error) return <LoadingStudio />;
  return (
    <FailedStudio
      error={error}
      organizationId={organizationId}
      diagramId={diagramId}
      userId={me.data?.user.id}
      onRetry={() => void Promise.all([me.refetch(), diagram.refetch()])}
    />
  );
}

// ProjectCrumb leads back to the other diagrams of the project.
function ProjectCrumb({ organizationId, projectId }: { organizationId: string; projectId: string }) {
  const { data: project } = useQuery(projectQuery(useApi(), organizationId, projectId));
  if (!project) return null;
  return (
    <HeaderSlot name="project">
      <Link
        to="/o/$organizationId/diagrams"
        params={{ organizationId }}
        search={{ project: projectId }}
        title={project.name}
        className="min-w-0 max-w-48 truncate rounded-md px-1.5 py-1.5 text-muted hover:bg-hover"
      >
        {project.name}
      </Link>
    </HeaderSlot>
  );
}

function LoadingStudio() {
  usePageTitle("Diagram");
  return (
    <>
      <HeaderSlot name="title">
        <Skeleton className="h-4 w-40" />
      </HeaderSlot>
      <div aria-busy="true" className="flex h-full bg-paper">
        <span className="sr-only">Loading the diagram</span>
        <Skeleton className="m-3 h-96 max-h-[calc(100%-1.5rem)] w-12 rounded-lg" />
      </div>
    </>
  );
}

type FailedStudioProps = {
  error: unknown;
  organizationId: string;
  diagramId: string;
  userId: string | undefined;
  onRetry: () => void;
};

function FailedStudio({ error, organizationId, diagramId, userId, onRetry }: FailedStudioProps) {
  const trashed = error instanceof ApiError && error.has("trashed");
  const missing = error instanceof ApiError && error.status === 404;
  const heading = trashed
    ? "This diagram is in the trash"
    : missing
      ? "There is no such diagram"
      : "The diagram could not be opened";
  usePageTitle(heading);
  return (
    <div className="flex h-full flex-col items-center justify-center gap-4 overflow-y-auto p-6 text-center">
      <h1 tabIndex={-1} className="font-semibold text-xl">
        {heading}
      </h1>
      <p className="max-w-md text-muted">
        {trashed
          ? "It can be restored from there for 30 days."
          : missing
            ? "It was deleted, or it belongs to an organization that you are no member of."
            : describeError(error)}
      </p>
      {userId && missing && (
        <OrphanedDrafts organizationId={organizationId} diagramId={diagramId} userId={userId} />
      )}
      <div className="flex flex-wrap justify-center gap-2">
        {trashed ? (
          <Link
            to="/o/$organizationId/trash"
            params={{ organizationId }}
            className={buttonStyle({ variant: "primary" })}
          >
            To the trash
          </Link>
        ) : null}
        {missing ? (
          <Link to="/o/$organizationId/diagrams" params={{ organizationId }} className={buttonStyle()}>
            To the diagrams
          </Link>
        ) : (
          <Button variant="primary" onClick={onRetry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}
