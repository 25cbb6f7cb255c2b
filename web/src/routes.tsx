// All routes on one page: which address shows what, and who may see it. The pages know nothing of each other; what one
// needs of another is handed over in account-routes.tsx and organization-routes.tsx.
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
  notFound,
  Outlet,
  redirect,
  useRouter,
} from "@tanstack/react-router";
import { Suspense } from "react";
import {
  AccountView,
  ConfirmLinkView,
  ForgottenView,
  HomeView,
  InvitationView,
  PasswordResetView,
  SignInView,
  SignUpView,
} from "./account-routes";
import { homeOf, parseArrival, parseNext, type RouterContext, requireMe, whoAsks } from "./coming-and-going";
import { type LibrarySearch, parseLibrarySearch } from "./library/library-search";
import { parseAuditSearch } from "./organization/audit-search";
import {
  AuditView,
  CompareView,
  LibraryView,
  MembersView,
  OrganizationView,
  SecurityView,
  SettingsView,
  StudioView,
  TokensView,
  TrashView,
} from "./organization-routes";
import { FailurePage, NotFound } from "./shell/failure-page";
import { useRouteFocus } from "./shell/route-focus";
import { pageOf } from "./sight/place";
import { studioOpening } from "./sight/studio-load";
import { useTheme } from "./ui/theme";

const OperatorPage = lazyRouteComponent(() => import("./operator/operator-page"), "OperatorPage");

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
  component: HomeView,
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation/$secret",
  beforeLoad: async ({ context }) => ({ me: await whoAsks(context) }),
  component: InvitationView,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search) => ({ ...parseNext(search), ...parseArrival(search) }),
  component: SignInView,
});

const confirmLinkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in/link",
  component: ConfirmLinkView,
});

const signUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-up",
  validateSearch: parseNext,
  component: SignUpView,
});

const forgottenRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgotten",
  validateSearch: parseNext,
  component: ForgottenView,
});

const passwordResetRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/password-reset/$secret",
  component: PasswordResetView,
});

// One's account also without an organization.
const accountRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/account",
  validateSearch: parseArrival,
  beforeLoad: async ({ context, location }) => {
    await requireMe(context, location.href);
  },
  component: AccountView,
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
    const deleted = me.deletedOrganizations.some(({ id }) => id === params.organizationId);
    if (!organization && !deleted) throw notFound({ routeId: "__root__" });
    return { organization };
  },
  errorComponent: RootFailure,
  component: OrganizationView,
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
  component: LibraryView,
});

const membersRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/members",
  component: MembersView,
});

const auditRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/log",
  validateSearch: parseAuditSearch,
  component: AuditView,
});

const settingsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/settings",
  component: SettingsView,
});

const securityRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/account",
  validateSearch: parseArrival,
  component: SecurityView,
});

const tokensRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/tokens",
  component: TokensView,
});

const trashRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/trash",
  component: TrashView,
});

const studioRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/diagrams/$diagramId",
  staticData: { frame: "fixed" },
  component: StudioView,
});

const compareRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: "/diagrams/$diagramId/compare",
  staticData: { frame: "fixed" },
  validateSearch: parseCompare,
  component: CompareView,
});

const routeTree = rootRoute.addChildren([
  homeRoute,
  signInRoute,
  confirmLinkRoute,
  signUpRoute,
  invitationRoute,
  operatorRoute,
  forgottenRoute,
  passwordResetRoute,
  accountRoute,
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

// parseCompare reads which versions an address compares. What is no version is undefined.
function parseCompare(search: Record<string, unknown>): { from?: number; to?: number } {
  const version = (value: unknown) =>
    Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined;
  return { from: version(search.from), to: version(search.to) };
}
