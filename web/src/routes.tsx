// All routes on one page: which address shows what, who may see it, and which code it loads. The pages know nothing
// of each other; what one needs of another is handed over here.
import { useQuery } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
  useMatches,
  useRouter,
} from "@tanstack/react-router";
import { Suspense, useState } from "react";
import { useStore } from "zustand";
import { useApi } from "./api/api-context";
import { setDefaultOrganization } from "./api/organization";
import { meQuery, type Organization, signOut } from "./api/session";
import {
  homeOf,
  parseNext,
  type RouterContext,
  requireMe,
  useEnter,
  useLeave,
  useShowOrganization,
  whoAsks,
} from "./coming-and-going";
import { type LibrarySearch, parseLibrarySearch } from "./library/library-search";
import { parseAuditSearch, tidyAuditFilter } from "./organization/audit-search";
import { FailurePage, NotFoundPage } from "./shell/failure-page";
import { useRouteFocus } from "./shell/route-focus";
import { pageOf } from "./sight/place";
import { studioOpening } from "./sight/studio-load";
import { useTheme } from "./ui/theme";

type Preloading = { preload?: (() => Promise<void> | undefined) | undefined };

const AppShell = lazyRouteComponent(() => import("./shell/app-shell"), "AppShell");
const SessionDialog = lazyRouteComponent(() => import("./account/session-dialog"), "SessionDialog");
const SignInPage = lazyRouteComponent(() => import("./account/sign-in-page"), "SignInPage");
const SignUpPage = lazyRouteComponent(() => import("./account/sign-up-page"), "SignUpPage");
const InvitationPage = lazyRouteComponent(() => import("./account/invitation-page"), "InvitationPage");
const MembersPage = lazyRouteComponent(() => import("./organization/members-page"), "MembersPage");
const AuditPage = lazyRouteComponent(() => import("./organization/audit-page"), "AuditPage");
const SettingsPage = lazyRouteComponent(() => import("./organization/settings-page"), "SettingsPage");
const NewOrganizationDialog = lazyRouteComponent(
  () => import("./organization/new-organization-dialog"),
  "NewOrganizationDialog",
);
const NoOrganizationPage = lazyRouteComponent(
  () => import("./organization/no-organization-page"),
  "NoOrganizationPage",
);
const SecurityPage = lazyRouteComponent(() => import("./account/security-page"), "SecurityPage");
const TokensPage = lazyRouteComponent(() => import("./account/tokens-page"), "TokensPage");
const LibraryPage = lazyRouteComponent(() => import("./library/library-page"), "LibraryPage");
const TrashPage = lazyRouteComponent(() => import("./library/trash-page"), "TrashPage");
const ComparePage = lazyRouteComponent(() => import("./studio/compare-page"), "ComparePage");
const OperatorPage = lazyRouteComponent(() => import("./operator/operator-page"), "OperatorPage");
const StudioPage = lazyRouteComponent(() => import("./studio/studio-page"), "StudioPage");

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Root,
  errorComponent: RootFailure,
  notFoundComponent: NotFound,
});

const homeRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: async ({ context }) => {
    const organizationId = homeOf(await requireMe(context, undefined));
    if (organizationId !== undefined) {
      throw redirect({ to: "/o/$organizationId/diagrams", params: { organizationId }, replace: true });
    }
  },
  component: withPreload(HomeRoute, NoOrganizationPage),
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation/$secret",
  beforeLoad: async ({ context }) => ({ me: await whoAsks(context) }),
  component: withPreload(InvitationRoute, InvitationPage),
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: parseNext,
  component: withPreload(SignInRoute, SignInPage),
});

const signUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-up",
  validateSearch: parseNext,
  component: withPreload(SignUpRoute, SignUpPage),
});

const operatorRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/operator",
  beforeLoad: async ({ context, location }) => {
    const me = await requireMe(context, location.href);
    if (!me.operator) throw notFound({ routeId: "__root__" });
  },
  component: OperatorPage,
});

const organizationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/o/$organizationId",
  beforeLoad: async ({ context, params, location }) => {
    const me = await requireMe(context, location.href);
    const organization = me.organizations.find(({ id }) => id === params.organizationId);
    if (!organization) throw notFound({ routeId: "__root__" });
    return { organization };
  },
  errorComponent: RootFailure,
  component: withPreload(OrganizationRoute, AppShell),
});

const organizationHomeRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/o/$organizationId/diagrams", params, replace: true });
  },
});

const libraryRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/diagrams",
  validateSearch: (search): LibrarySearch => parseLibrarySearch(search),
  component: withPreload(LibraryRoute, LibraryPage),
});

const membersRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/members",
  component: withPreload(MembersRoute, MembersPage),
});

const auditRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/log",
  validateSearch: parseAuditSearch,
  component: withPreload(AuditRoute, AuditPage),
});

const settingsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/settings",
  component: withPreload(SettingsRoute, SettingsPage),
});

const securityRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/account",
  component: SecurityPage,
});

const tokensRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/tokens",
  component: withPreload(TokensRoute, TokensPage),
});

const trashRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/trash",
  component: withPreload(TrashRoute, TrashPage),
});

const studioRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/diagrams/$diagramId",
  staticData: { frame: "fixed" },
  component: withPreload(StudioRoute, StudioPage),
});

const compareRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/diagrams/$diagramId/compare",
  staticData: { frame: "fixed" },
  validateSearch: parseCompare,
  component: withPreload(CompareRoute, ComparePage),
});

const routeTree = rootRoute.addChildren([
  homeRoute,
  signInRoute,
  signUpRoute,
  invitationRoute,
  operatorRoute,
  organizationRoute.addChildren([
    organizationHomeRoute,
    libraryRoute,
    trashRoute,
    studioRoute,
    compareRoute,
    membersRoute,
    auditRoute,
    settingsRoute,
    securityRoute,
    tokensRoute,
  ]),
]);

export function createAppRouter(context: RouterContext) {
  const router = createRouter({
    routeTree,
    context,
    defaultPreload: "intent",
    defaultErrorComponent: Failure,
    notFoundMode: "root",
    scrollRestoration: true,
  });
  router.subscribe("onBeforeNavigate", ({ fromLocation, toLocation, pathChanged }) => {
    if (pathChanged && pageOf(toLocation.pathname) === "studio")
      studioOpening(fromLocation ? "click" : "start");
  });
  return router;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
  interface StaticDataRouteOption {
    frame?: "fixed" | "flowing";
  }
}

function Root() {
  useRouteFocus();
  // Also where no shell shows the choice: sign-in, sign-up, errors.
  useTheme();
  return (
    <Suspense fallback={null}>
      <Outlet />
    </Suspense>
  );
}

function Failure({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <FailurePage
      error={error}
      onRetry={() => {
        reset();
        void router.invalidate();
      }}
    />
  );
}

// Outside the shell nothing else has the landmark that a page needs.
function RootFailure(props: ErrorComponentProps) {
  return (
    <main>
      <Failure {...props} />
    </main>
  );
}

function NotFound() {
  return (
    <main>
      <NotFoundPage />
    </main>
  );
}

function SignInRoute() {
  const { next } = signInRoute.useSearch();
  return <SignInPage next={next} onSignedIn={useEnter(next)} />;
}

function SignUpRoute() {
  const { next } = signUpRoute.useSearch();
  return <SignUpPage next={next} onSignedUp={useEnter(next)} />;
}

function HomeRoute() {
  const api = useApi();
  const leave = useLeave();
  const show = useShowOrganization();
  return (
    <NoOrganizationPage
      onCreated={({ id }) => void show(id)}
      onSignOut={() => void signOut(api).then(() => leave())}
    />
  );
}

function InvitationRoute() {
  const { secret } = invitationRoute.useParams();
  const { me } = invitationRoute.useRouteContext();
  const api = useApi();
  const leave = useLeave();
  const show = useShowOrganization();
  return (
    <InvitationPage
      key={secret}
      secret={secret}
      me={me}
      onJoined={(organizationId) => void show(organizationId)}
      onSignedUp={useEnter(undefined)}
      onSignOut={() => void signOut(api).then(() => leave(`/invitation/${secret}`))}
    />
  );
}

function OrganizationRoute() {
  const { organizationId } = organizationRoute.useParams();
  const api = useApi();
  const leave = useLeave();
  const show = useShowOrganization();
  const [founding, setFounding] = useState(false);
  const frame = useMatches({ select: (matches) => matches.at(-1)?.staticData.frame ?? "flowing" });
  const expired = useStore(api.session, (session) => session.status === "expired");
  const { data: me } = useQuery(meQuery(api));
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
        onSignOut={async () => {
          await signOut(api);
          leave();
        }}
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
      {expired && (
        <Suspense fallback={null}>
          <SessionDialog
            onLeave={() => {
              api.forget();
              leave();
            }}
          />
        </Suspense>
      )}
    </>
  );
}

// useOrganization is the organization of the address, as it is known now.
function useOrganization(): Organization {
  const { organization } = organizationRoute.useRouteContext();
  const { data: me } = useQuery(meQuery(useApi()));
  return me?.organizations.find(({ id }) => id === organization.id) ?? organization;
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

// withPreload lets the router load the page's code together with its data, before the page is shown.
function withPreload<C extends object>(component: C, page: Preloading): C & Preloading {
  return Object.assign(component, { preload: page.preload });
}

// parseCompare reads which versions an address compares. What is no version is left out.
function parseCompare(search: Record<string, unknown>): { from?: number; to?: number } {
  const version = (value: unknown) =>
    Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : null;
  const [from, to] = [version(search.from), version(search.to)];
  return { ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) };
}
