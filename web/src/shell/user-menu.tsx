import { Link } from "@tanstack/react-router";
import { Activity, KeyRound, LogOut, ShieldCheck } from "lucide-react";
import { describeError } from "../api/problem";
import type { User } from "../api/session";
import { initials } from "../ui/initials";
import { Menu, MenuContent, MenuItem, MenuLink, MenuSeparator, MenuTrigger } from "../ui/menu";
import { notifyError } from "../ui/toaster";

type UserMenuProps = {
  user: User;
  // operator: this person also sees how the server fares.
  operator: boolean;
  // organizationId is where one is; undefined: in none.
  organizationId: string | undefined;
  // place says who and where, below the name.
  place: string;
  onSignOut: () => Promise<void>;
};

export function UserMenu({ user, operator, organizationId, place, onSignOut }: UserMenuProps) {
  return (
    <Menu>
      <MenuTrigger>
        <button
          type="button"
          aria-label={`Account of ${user.displayName}`}
          className="flex size-8 items-center justify-center rounded-full border border-line bg-sunken font-medium text-xs hover:bg-hover"
        >
          {initials(user.displayName)}
        </button>
      </MenuTrigger>
      <MenuContent>
        <div className="px-2 py-1.5">
          <div className="truncate font-medium">{user.displayName}</div>
          <div className="break-words text-muted text-xs">{place}</div>
        </div>
        <MenuSeparator />
        <MenuLink
          icon={<ShieldCheck />}
          link={
            organizationId ? (
              <Link to="/o/$organizationId/account" params={{ organizationId }} />
            ) : (
              <Link to="/account" />
            )
          }
        >
          Account
        </MenuLink>
        {organizationId && (
          <MenuLink
            icon={<KeyRound />}
            link={<Link to="/o/$organizationId/tokens" params={{ organizationId }} />}
          >
            API tokens
          </MenuLink>
        )}
        {operator && (
          <MenuLink icon={<Activity />} link={<Link to="/operator" />}>
            Operation
          </MenuLink>
        )}
        <MenuSeparator />
        <MenuItem
          icon={<LogOut />}
          onSelect={() => {
            onSignOut().catch((error: unknown) =>
              notifyError({ text: "Not signed out", detail: describeError(error) }),
            );
          }}
        >
          Sign out
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
