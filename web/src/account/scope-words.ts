import type { Scope } from "../api/account";
import type { Organization } from "../api/session";

type ScopeChoice = { scope: Scope; text: string; may: string; roles: Organization["role"][] };

// scopes is the order in which they are offered, with what each may do and who can give it.
export const scopes: ScopeChoice[] = [
  {
    scope: "read",
    text: "Read",
    may: "Sees diagrams, projects and members",
    roles: ["viewer", "member", "admin"],
  },
  {
    scope: "write",
    text: "Write",
    may: "Makes and changes diagrams and projects, too",
    roles: ["member", "admin"],
  },
  { scope: "admin", text: "Admin", may: "Manages members and invitations, too", roles: ["admin"] },
];

export function scopeText(scope: Scope): string {
  return scopes.find((choice) => choice.scope === scope)?.text ?? scope;
}
