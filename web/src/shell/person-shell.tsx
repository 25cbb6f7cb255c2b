// The frame around pages that are about a person and no organization: one's account, and what there is for whoever
// is in none.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useApi } from "../api/api-context";
import { meQuery } from "../api/session";
import { HeaderOutlet, HeaderSlotProvider } from "../ui/header-slot";
import { Logo } from "../ui/logo";
import { useTheme } from "../ui/theme";
import { Toaster } from "../ui/toaster";
import { ConnectionBanner } from "./connection-banner";
import { ThemeMenu } from "./theme-menu";
import { UserMenu } from "./user-menu";

type PersonShellProps = { onSignOut: () => Promise<void>; children: ReactNode };

export function PersonShell({ onSignOut, children }: PersonShellProps) {
  const theme = useTheme();
  const { data: me } = useQuery(meQuery(useApi()));
  return (
    <HeaderSlotProvider>
      <div className="flex min-h-dvh flex-col">
        <header className="sticky top-0 z-30 flex h-12 shrink-0 items-center gap-2 border-line border-b bg-surface px-2 sm:px-4">
          <Link
            to="/"
            aria-label="Laneway"
            className="flex size-8 shrink-0 items-center justify-center rounded-md text-accent"
          >
            <Logo className="size-6" />
          </Link>
          <HeaderOutlet name="title" className="flex min-w-0 flex-1 items-center" />
          <div className="flex shrink-0 items-center gap-1">
            <ThemeMenu />
            {me && (
              <UserMenu
                user={me.user}
                operator={me.operator}
                organizationId={undefined}
                place={me.user.email ?? ""}
                onSignOut={onSignOut}
              />
            )}
          </div>
        </header>
        <ConnectionBanner />
        <main id="main" tabIndex={-1} className="flex flex-1 flex-col">
          {children}
        </main>
        <Toaster theme={theme} />
      </div>
    </HeaderSlotProvider>
  );
}
