// The pages of an organization as the routes show them: what each is handed, and what it needs of another.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, lazyRouteComponent, Outlet, useMatches, useRouter } from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { Expired } from "./account-routes";
import { useApi } from "./api/api-context";
import { setDefaultOrganization } from "./api/organization";
import { meQuery, type Organization, signOut } from "./api/session";
import { useLeave, useShowOrganization, withPreload } from "./coming-and-going";
import { tidyAuditFilter } from "./organization/audit-search";
import { NotFound } from "./shell/failure-page";
import { useSwapFocus } from "./shell/route-focus";

const AppShell = lazyRouteComponent(() => import("./shell/app-shell"), "AppShell");
const PersonShell = lazyRouteComponent(() => import("./shell/person-shell"), "PersonShell");
const MembersPage = lazyRouteComponent(() => import("./organization/members-page"), "MembersPage");
const AuditPage = lazyRouteComponent(() => import("./organization/audit-page"), "AuditPage");
const SettingsPage = lazyRouteComponent(() => import("./organization/settings-page"), "SettingsPage");
const NewOrganizationDialog = lazyRouteComponent(
  () => import("./organization/new-organization-dialog"),
  "NewOrganizationDialog",
);
const DeletedOrganizationPage = lazyRouteComponent(
  () => import("./organization/deleted-organization"),
  "DeletedOrganizationPage",
);
const SecurityPage = lazyRouteComponent(() => import("./account/security-page"), "SecurityPage");
const TokensPage = lazyRouteComponent(() => import("./account/tokens-page"), "TokensPage");
const LibraryPage = lazyRouteComponent(() => import("./library/library-page"), "LibraryPage");
const TrashPage = lazyRouteComponent(() => import("./library/trash-page"), "TrashPage");
const ComparePage = lazyRouteComponent(() => import("./studio/compare-page"), "ComparePage");
const StudioPage = lazyRouteComponent(() => import("./studio/studio-page"), "StudioPage");

const organizationRoute = getRouteApi("/o/$organizationId");
const libraryRoute = getRouteApi("/o/$organizationId/diagrams");
const auditRoute = getRouteApi("/o/$organizationId/log");
const securityRoute = getRouteApi("/o/$organizationId/account");
const studioRoute = getRouteApi("/o/$organizationId/diagrams/$diagramId");
const compareRoute = getRouteApi("/o/$organizationId/diagrams/$diagramId/compare");

export const OrganizationView = withPreload(OrganizationRoute, AppShell);
export const LibraryView = withPreload(LibraryRoute, LibraryPage);
export const TrashView = withPreload(TrashRoute, TrashPage);
export const MembersView = withPreload(MembersRoute, MembersPage);
export const AuditView = withPreload(AuditRoute, AuditPage);
export const SecurityView = withPreload(SecurityRoute, SecurityPage);
export const TokensView = withPreload(TokensRoute, TokensPage);
export const SettingsView = withPreload(SettingsRoute, SettingsPage);
export const StudioView = withPreload(StudioRoute, StudioPage);
export const CompareView = withPreload(CompareRoute, ComparePage);

function OrganizationRoute() {
  const { organizationId } = organizationRoute.useParams();
  const api = useApi();
  const leave = useLeave();
  const show = useShowOrganization();
  const [founding, setFounding] = useState(false);
  const frame = useMatches({ select: (matches) => matches.at(-1)?.staticData.frame ?? "flowing" });
  const { data: me } = useQuery(meQuery(api));
  const leaving = async () => {
    await signOut(api);
    leave();
  };
  const deleted = me?.deletedOrganizations.find(({ id }) => id === organizationId);
  useSwapFocus(deleted ? "deleted" : "open");
  if (deleted) {
    return (
      <PersonShell onSignOut={leaving}>
        <Suspense fallback={null}>
          <DeletedOrganizationPage organization={deleted} />
        </Suspense>
        <Expired />
      </PersonShell>
    );
  }
  // Whoever was removed meanwhile has nothing to see here, wherever they are.
  if (me && !me.organizations.some(({ id }) => id === organizationId)) return <NotFound />;

  return (
    <>
      <AppShell
        organizationId={organizationId}
        frame={frame}
        onSwitchOrganization={(id) => {
          void show(id);
          // Where one begins the next time; of no importance now.
          setDefaultOrganization(api, id).catch(() => {});
        }}
        onNewOrganization={() => setFounding(true)}
        onSignOut={leaving}
      >
        <Suspense fallback={null}>
          <Outlet />
        </Suspense>
      </AppShell>
      {founding && (
        <Suspense fallback={null}>
          <NewOrganizationDialog
            onClose={() => setFounding(false)}
            onCreated={({ id }) => {
              setFounding(false);
              void show(id);
            }}
          />
        </Suspense>
      )}
      <Expired />
    </>
  );
}

// useOrganization is the organization of the address, as it is known now.
function useOrganization(): Organization {
  const { organization } = organizationRoute.useRouteContext();
  const { data: me } = useQuery(meQuery(useApi()));
  const { organizationId } = organizationRoute.useParams();
  const known = me?.organizations.find(({ id }) => id === organizationId) ?? organization;
  // The pages below are not shown for one that is closed.
  if (!known) throw new Error("This organization is closed.");
  return known;
}

function LibraryRoute() {
  const organization = useOrganization();
  const search = libraryRoute.useSearch();
  const navigate = libraryRoute.useNavigate();
  return (
    <LibraryPage
      key={organization.id}
      organization={organization}
      search={search}
      // Another project is another place, which one can go back from; a filter is not.
      onSearch={(next) =>
        void navigate({ search: next, replace: next.project === search.project, resetScroll: false })
      }
      prefetchStudio={() =>
        void import("./studio/studio-page").then(({ preloadStudio }) => preloadStudio(organization.role))
      }
    />
  );
}

function TrashRoute() {
  const organization = useOrganization();
  return <TrashPage key={organization.id} organization={organization} />;
}

function MembersRoute() {
  const organization = useOrganization();
  return <MembersPage key={organization.id} organization={organization} />;
}

function AuditRoute() {
  const organization = useOrganization();
  const filter = auditRoute.useSearch();
  const navigate = auditRoute.useNavigate();
  return (
    <AuditPage
      key={organization.id}
      organization={organization}
      filter={filter}
      onFilter={(next) => void navigate({ search: tidyAuditFilter(next), replace: true })}
    />
  );
}

function TokensRoute() {
  const organization = useOrganization();
  return <TokensPage key={organization.id} organization={organization} />;
}

function SecurityRoute() {
  const { linked, problem } = securityRoute.useSearch();
  const { organizationId } = organizationRoute.useParams();
  return <SecurityPage linked={linked} failure={problem} path={`/o/${organizationId}/account`} />;
}

function SettingsRoute() {
  const organization = useOrganization();
  const router = useRouter();
  return (
    <SettingsPage
      key={organization.id}
      organization={organization}
      onLeft={() => {
        router.options.context.queryClient.clear();
        void router.navigate({ to: "/" });
      }}
    />
  );
}

function StudioRoute() {
  const { organizationId, diagramId } = studioRoute.useParams();
  return (
    <StudioPage
      key={`${organizationId}/${diagramId}`}
      organizationId={organizationId}
      diagramId={diagramId}
    />
  );
}

function CompareRoute() {
  const { organizationId, diagramId } = compareRoute.useParams();
  const navigate = compareRoute.useNavigate();
  return (
    <ComparePage
      key={`${organizationId}/${diagramId}`}
      organizationId={organizationId}
      diagramId={diagramId}
      search={compareRoute.useSearch()}
      onSearch={(search) => void navigate({ search, replace: true })}
    />
  );
}
