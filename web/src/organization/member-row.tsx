import { ChevronDown, UserMinus } from "lucide-react";
import type { Member, Role } from "../api/organization";
import { Button } from "../ui/button";
import { IconButton } from "../ui/icon-button";
import { initials } from "../ui/initials";
import { Menu, MenuContent, MenuRadioGroup, MenuRadioItem, MenuTrigger } from "../ui/menu";
import { roles, roleText } from "./role-words";

type MemberRowProps = {
  member: Member;
  myself: boolean;
  manages: boolean;
  // last: the only admin there is, who can neither step down nor be removed.
  last: boolean;
  busy: boolean;
  onRole: (role: Role) => void;
  onRemove: () => void;
};

export function MemberRow({ member, myself, manages, last, busy, onRole, onRemove }: MemberRowProps) {
  return (
    <li className={memberRowFrame} data-member-id={member.userId}>
      <span
        aria-hidden="true"
        className="flex size-8 shrink-0 items-center justify-center rounded-full border border-line bg-sunken font-medium text-xs"
      >
        {initials(member.displayName)}
      </span>
      <div className="min-w-0 flex-1">
        <div className="truncate font-medium" title={member.displayName}>
          {member.displayName}
          {myself && <span className="font-normal text-muted"> (you)</span>}
        </div>
        {member.email && <div className="truncate text-muted text-xs">{member.email}</div>}
      </div>
      {manages && !last ? (
        <>
          <Menu>
            <MenuTrigger>
              <Button variant="ghost" busy={busy} className="px-2">
                <span className="sr-only">Role of {member.displayName}: </span>
                {roleText(member.role)}
                <ChevronDown aria-hidden="true" />
              </Button>
            </MenuTrigger>
            <MenuContent className="w-72">
              <MenuRadioGroup value={member.role} onValueChange={(role) => onRole(role as Role)}>
                {roles.map(({ role, text, may }) => (
                  <MenuRadioItem key={role} value={role} className="h-auto py-1.5">
                    <span className="block">{text}</span>
                    <span className="block whitespace-normal text-muted text-xs">{may}</span>
                  </MenuRadioItem>
                ))}
              </MenuRadioGroup>
            </MenuContent>
          </Menu>
          {/* Whoever goes by themselves leaves, in the settings. */}
          {myself ? (
            <span className="size-8 shrink-0" />
          ) : (
            <IconButton label={`Remove ${member.displayName}`} onClick={onRemove}>
              <UserMinus aria-hidden="true" />
            </IconButton>
          )}
        </>
      ) : (
        <span className="px-2 text-muted">{last && manages ? "Only admin" : roleText(member.role)}</span>
      )}
    </li>
  );
}

// memberRowFrame is shared by the rows and their skeletons.
export const memberRowFrame =
  "flex min-h-14 items-center gap-2 border-line border-b px-3 py-2 last:border-b-0 sm:gap-3";
