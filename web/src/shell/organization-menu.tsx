import { Link } from "@tanstack/react-router";
import { ArchiveX, ChevronDown, Plus, ScrollText, Settings2, Users } from "lucide-react";
import type { DeletedOrganization } from "../api/organization";
import type { Organization } from "../api/session";
import {
  Menu,
  MenuContent,
  MenuItem,
  MenuLabel,
  MenuLink,
  MenuRadioGroup,
  MenuRadioItem,
  MenuSeparator,
  MenuTrigger,
} from "../ui/menu";

type OrganizationMenuProps = {
  organization: Organization;
  organizations: Organization[];
  // deleted can still be restored, which their own pages offer.
  deleted: DeletedOrganization[];
  onSwitch: (organizationId: string) => void;
  onNew: () => void;
};

// OrganizationMenu is the first breadcrumb: where one is, where else one could be, and what there is to look after.
export function OrganizationMenu({
  organization,
  organizations,
  deleted,
  onSwitch,
  onNew,
}: OrganizationMenuProps) {
  const params = { organizationId: organization.id };
  return (
    <Menu>
      <MenuTrigger>
        <button
          type="button"
          className="inline-flex h-8 min-w-0 items-center gap-1 rounded-md px-1.5 text-muted hover:bg-hover data-[state=open]:bg-hover"
        >
          <span className="sr-only">Organization: </span>
          <span className="truncate">{organization.name}</span>
          <ChevronDown className="size-4 shrink-0" aria-hidden="true" />
        </button>
      </MenuTrigger>
      <MenuContent align="start">
        <MenuLink icon={<Users />} link={<Link to="/o/$organizationId/members" params={params} />}>
          Members
        </MenuLink>
        {organization.role === "admin" && (
          <MenuLink icon={<ScrollText />} link={<Link to="/o/$organizationId/log" params={params} />}>
            Log
          </MenuLink>
        )}
        <MenuLink icon={<Settings2 />} link={<Link to="/o/$organizationId/settings" params={params} />}>
          Name, plan and usage
        </MenuLink>
        <MenuSeparator />
        <MenuLabel>Change to</MenuLabel>
        <MenuRadioGroup value={organization.id} onValueChange={onSwitch}>
          {organizations.map(({ id, name }) => (
            <MenuRadioItem key={id} value={id}>
              {name}
            </MenuRadioItem>
          ))}
        </MenuRadioGroup>
        {deleted.map(({ id, name }) => (
          <MenuLink
            key={id}
            icon={<ArchiveX />}
            link={<Link to="/o/$organizationId/diagrams" params={{ organizationId: id }} />}
          >
            {name} (deleted)
          </MenuLink>
        ))}
        <MenuItem icon={<Plus />} onSelect={onNew}>
          New organization
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
