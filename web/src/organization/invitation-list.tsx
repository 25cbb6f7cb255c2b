import { useApi } from "../api/api-context";
import { type Invitation, revokeInvitation } from "../api/organization";
import { Button } from "../ui/button";
import { memberRowFrame } from "./member-row";
import { roleText } from "./role-words";
import { useOrganizationAction } from "./use-organization-action";

type InvitationListProps = { organizationId: string; invitations: Invitation[] };

// InvitationList shows the links that can still be used, without the links: they are shown once, when they are made.
export function InvitationList({ organizationId, invitations }: InvitationListProps) {
  const api = useApi();
  const { busy, run } = useOrganizationAction(organizationId);
  return (
    <section aria-labelledby="invitations-heading">
      <h2 id="invitations-heading" className="mb-2 font-semibold text-base">
        Open invitations
      </h2>
      <ul aria-labelledby="invitations-heading" className="rounded-lg border border-line bg-surface">
        {invitations.map((invitation) => {
          const name = invitation.email ?? "Anybody with the link";
          return (
            <li key={invitation.id} className={memberRowFrame}>
              <div className="min-w-0 flex-1">
                <div className="truncate font-medium" title={name}>
                  {name}
                </div>
                <div className="text-muted text-xs">
                  {roleText(invitation.role)}
                  {invitation.invitedBy.displayName && `, by ${invitation.invitedBy.displayName}`}, until{" "}
                  <time dateTime={invitation.expiresAt}>{formatDate(invitation.expiresAt)}</time>
                </div>
                <MailLine invitation={invitation} />
              </div>
              <Button
                aria-label={`Withdraw the invitation of ${invitation.email ?? "anybody with the link"}`}
                busy={busy === invitation.id}
                onClick={() =>
                  void run(invitation.id, "The invitation was not withdrawn", () =>
                    revokeInvitation(api, organizationId, invitation.id),
                  )
                }
              >
                Withdraw
              </Button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

// MailLine tells what became of the mail, where there is one.
function MailLine({ invitation: { mail, mailProblem } }: { invitation: Invitation }) {
  switch (mail) {
    case "sent":
      return <div className="text-muted text-xs">Mail sent</div>;
    case "queued":
      return (
        <div className="text-muted text-xs">
          {mailProblem ? "The mail was not taken yet and is tried again." : "The mail is on its way."}
        </div>
      );
    case "failed":
      return (
        <div className="break-words text-danger text-xs">
          <div>The mail could not be sent: {mailProblem}</div>
          <div>Withdraw this invitation and make a link instead.</div>
        </div>
      );
    case null:
      return null;
  }
}

function formatDate(time: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format(new Date(time));
}
