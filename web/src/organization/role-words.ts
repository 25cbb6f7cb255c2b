import type { Role } from "../api/organization";

// roles is the order in which they are offered, with what each may do.
export const roles: { role: Role; text: string; may: string }[] = [
  { role: "admin", text: "Admin", may: "Does everything, and manages members" },
  { role: "member", text: "Member", may: "Draws and edits" },
  { role: "viewer", text: "Viewer", may: "Looks, and changes nothing" },
];

export function roleText(role: Role): string {
  return roles.find((choice) => choice.role === role)?.text ?? role;
}
