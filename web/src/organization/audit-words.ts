import type { AuditEntry } from "../api/audit";

// auditGroups are what the log can be narrowed to; each value is what the server takes as kind.
export const auditGroups = [
  { kind: "diagram", text: "Diagrams" },
  { kind: "project", text: "Projects" },
  { kind: "member,invitation", text: "Members and invitations" },
  { kind: "token", text: "API tokens" },
  { kind: "organization", text: "Organization" },
] as const;

type Data = { version?: number; role?: string; before?: string; plan?: string; label?: string | null };

// auditWords says what was done, without who did it. The subject stands between before and after, so that it can be
// shown as what it is.
export function auditWords(entry: AuditEntry): { before: string; after: string } {
  const data = entry.data as Data;
  switch (entry.kind) {
    case "organization.created":
      return { before: "founded", after: "" };
    case "organization.renamed":
      return { before: "renamed the organization to", after: "" };
    case "organization.deleted":
      return { before: "deleted the organization", after: "" };
    case "organization.restored":
      return { before: "restored the organization", after: "" };
    case "organization.plan_set":
      return { before: `set the plan to ${data.plan ?? "another one"}`, after: "" };
    case "member.joined":
      return entry.actorId === entry.subjectId
        ? { before: "", after: `joined as ${data.role ?? "member"}` }
        : { before: "took in", after: `as ${data.role ?? "member"}` };
    case "member.role_changed":
      return {
        before: "made",
        after: `${data.role ?? "something else"}, before ${data.before ?? "unknown"}`,
      };
    case "member.removed":
      return { before: "removed", after: "from the organization" };
    case "member.left":
      return { before: "", after: "left the organization" };
    case "invitation.created":
      return { before: `invited somebody as ${data.role ?? "member"}`, after: "" };
    case "invitation.revoked":
      return { before: `withdrew an invitation as ${data.role ?? "member"}`, after: "" };
    case "token.created":
      return { before: "made the API token", after: "" };
    case "token.revoked":
      return { before: "revoked the API token", after: "" };
    case "diagram.created":
      return { before: "created", after: "" };
    case "diagram.saved":
      return entry.count > 1
        ? { before: "saved", after: `${entry.count} times, up to version ${data.version ?? "?"}` }
        : { before: "saved", after: `as version ${data.version ?? "?"}` };
    case "diagram.trashed":
      return { before: "moved", after: "to the trash" };
    case "diagram.restored":
      return { before: "took", after: "out of the trash" };
    case "diagram.labelled":
      return data.label
        ? { before: `named version ${data.version ?? "?"} “${data.label}”`, after: "" }
        : { before: `took the name from version ${data.version ?? "?"}`, after: "" };
    case "diagram.purged":
      return { before: "removed", after: "for good, after its time in the trash" };
    case "project.created":
      return { before: "created the project", after: "" };
    case "project.updated":
      return { before: "changed the project", after: "" };
    case "project.archived":
      return { before: "archived the project", after: "" };
    case "project.unarchived":
      return { before: "took the project", after: "out of the archive" };
    default:
      return { before: entry.kind, after: "" }; // of a newer server
  }
}

// auditNamesSubject tells whether the sentence has a place for what it was done to.
export function auditNamesSubject({ kind, actorId, subjectId }: AuditEntry): boolean {
  return !(
    kind.startsWith("invitation.") ||
    kind === "organization.plan_set" ||
    (kind.startsWith("member.") && actorId === subjectId)
  );
}
