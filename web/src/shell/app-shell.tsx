// The frame around every page of an organization: header with breadcrumbs, menus, banner, and the place of the page.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useApi } from "../api/api-context";
import { EventsProvider } from "../api/events-context";
import { meQuery, type Organization, type User } from "../api/session";
import { cn } from "../ui/cn";
import { HeaderOutlet, HeaderSlotProvider } from "../ui/header-slot";
import { Logo } from "../ui/logo";
import { useTheme } from "../ui/theme";
import { Toaster } from "../ui/toaster";
import { ConnectionBanner } from "./connection-banner";
import { LiveLists } from "./live-lists";
import { OrganizationMenu } from "./organization-menu";
import { ThemeMenu } from "./theme-menu";
import { UserMenu } from "./user-menu";

type AppShellProps = {
  organizationId: string;
  // frame "fixed" gives the page exactly the rest of the window (the studio), "flowing" lets the window scroll.
  frame: "fixed" | "flowing";
  onSwitchOrganization: (organizationId: string) => void;
  onNewOrganization: () => void;
  onSignOut: () => Promise<void>;
  children: ReactNode;
};

export function AppShell({
  organizationId,
  frame,
  onSwitchOrganization,
  onNewOrganization,
  onSignOut,
  children,
}: AppShellProps) {
  const api = useApi();
  const theme = useTheme();
  const { data: me } = useQuery(meQuery(api));
  const organization = me?.organizations.find(({ id }) => id === organizationId);

  return (
    <EventsProvider organizationId={organizationId}>
      <HeaderSlotProvider>
        <LiveLists organizationId={organizationId} />
        <div
          className={frame === "fixed" ? "flex h-dvh flex-col overflow-hidden" : "flex min-h-dvh flex-col"}
        >
          <a
            href="#main"
            className="fixed top-1 left-1 z-50 -translate-y-20 rounded-md border border-line bg-raised px-3 py-2 focus:translate-y-0"
          >
            Skip to content
          </a>
          <header className="sticky top-0 z-30 flex h-12 shrink-0 items-center gap-2 border-line border-b bg-surface px-2 sm:px-4">
            <Link
              to="/o/$organizationId/diagrams"
              params={{ organizationId }}
              aria-label="Laneway: all diagrams"
              className="flex size-8 shrink-0 items-center justify-center rounded-md text-accent"
            >
              <Logo className="size-6" />
            </Link>
            <nav aria-label="Breadcrumb" className="min-w-0 flex-1">
              <ol className="group/crumbs flex min-w-0 items-center gap-1">
                <li className={cn("flex min-w-0 shrink items-center", parentCrumb)}>
                  {me && organization && (
                    <OrganizationMenu
                      organization={organization}
                      organizations={me.organizations}
                      deleted={me.deletedOrganizations}
                      onSwitch={onSwitchOrganization}
                      onNew={onNewOrganization}
                    />
                  )}
                  <Slash />
                </li>
                <li className={cn("shrink-0", parentCrumb)}>
                  <Link
                    to="/o/$organizationId/diagrams"
                    params={{ organizationId }}
                    activeOptions={{ exact: true, includeSearch: false }}
                    activeProps={{ "aria-current": "page", className: "text-ink" }}
                    inactiveProps={{ className: "text-muted" }}
                    className="inline-flex h-8 items-center rounded-md px-1.5 font-medium hover:bg-hover"
                  >
                    Diagrams
                  </Link>
                </li>
                <li
                  className={cn(
                    "flex min-w-0 shrink items-center gap-1 has-[[data-outlet]:empty]:hidden",
                    parentCrumb,
                  )}
                >
                  <Slash />
                  <HeaderOutlet name="project" className="flex min-w-0 items-center" />
                </li>
                <li className="flex min-w-0 flex-1 items-center gap-1 has-[[data-outlet]:empty]:hidden">
                  <span className="max-sm:hidden">
                    <Slash />
                  </span>
                  <HeaderOutlet name="title" className="flex min-w-0 flex-1 items-center" />
                </li>
              </ol>
            </nav>
            <HeaderOutlet name="actions" className="flex shrink-0 items-center gap-1 empty:hidden" />
            <div className="flex shrink-0 items-center gap-1">
              <ThemeMenu />
              {me && (
                <UserMenu
                  user={me.user}
                  operator={me.operator}
                  organizationId={organizationId}
                  place={placeOf(me.user, organization)}
                  onSignOut={onSignOut}
                />
              )}
            </div>
          </header>
          <ConnectionBanner />
          <main
            id="main"
            tabIndex={-1}
            className={frame === "fixed" ? "relative min-h-0 flex-1" : "flex flex-1 flex-col"}
          >
            {children}
          </main>
          <Toaster theme={theme} />
        </div>
      </HeaderSlotProvider>
    </EventsProvider>
  );
}

// On a narrow screen a page's own title takes the place of what leads to it; the mark still leads back.
const parentCrumb = "max-sm:group-has-[[data-outlet=title]:not(:empty)]/crumbs:hidden";

function placeOf(user: User, organization: Organization | undefined): string {
  return [user.email, organization?.name].filter(Boolean).join(" · ");
}

function Slash() {
  return (
    <span aria-hidden="true" className="shrink-0 px-0.5 text-muted">
      /
    </span>
  );
}
