// Who is in the organization, with which role, and who is invited.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { useApi } from "../api/api-context";
import {
  invitationsQuery,
  type Member,
  membersQuery,
  removeMember,
  setMemberRole,
} from "../api/organization";
import { describeError } from "../api/problem";
import { meQuery, type Organization } from "../api/session";
import { AlertDialog } from "../ui/alert-dialog";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { Page } from "../ui/page";
import { Skeleton } from "../ui/skeleton";
import { notifyDone } from "../ui/toaster";
import { InvitationList } from "./invitation-list";
import { InviteDialog } from "./invite-dialog";
import { MemberRow, memberRowFrame } from "./member-row";
import { roleText } from "./role-words";
import { useOrganizationAction } from "./use-organization-action";

export function MembersPage({ organization }: { organization: Organization }) {
  const api = useApi();
  const manages = organization.role === "admin";
  const [inviting, setInviting] = useState(false);
  const [removing, setRemoving] = useState<Member>();
  const { busy, run } = useOrganizationAction(organization.id);
  const { data: me } = useQuery(meQuery(api));
  const list = useInfiniteQuery(membersQuery(api, organization.id));
  const invitations = useQuery({ ...invitationsQuery(api, organization.id), enabled: manages });
  const members = list.data?.pages.flatMap((page) => page.data) ?? [];
  const admins = members.filter(({ role }) => role === "admin").length;

  const remove = async (member: Member) => {
    const gone = await run(member.userId, `${member.displayName} was not removed`, () =>
      removeMember(api, organization.id, member.userId),
    );
    if (gone) notifyDone({ text: `${member.displayName} is no member any more` });
  };

  return (
    <Page
      title="Members"
      description={`Who works in ${organization.name}, and what each may do.`}
      action={
        manages && (
          <Button variant="primary" onClick={() => setInviting(true)}>
            <UserPlus aria-hidden="true" />
            Invite
          </Button>
        )
      }
    >
      <section aria-label="Members" aria-busy={list.isFetching}>
        {list.isPending && (
          <div className="rounded-lg border border-line bg-surface">
            {[0, 1, 2].map((place) => (
              <div key={place} className={memberRowFrame}>
                <Skeleton className="size-8 rounded-full" />
                <Skeleton className="h-4 w-2/5" />
              </div>
            ))}
          </div>
        )}
        {list.isError && members.length === 0 && (
          <Notice tone="danger" action={<Button onClick={() => void list.refetch()}>Try again</Button>}>
            {describeError(list.error)}
          </Notice>
        )}
        {members.length > 0 && (
          <ul aria-label="Members" className="rounded-lg border border-line bg-surface">
            {members.map((member) => (
              <MemberRow
                key={member.userId}
                member={member}
                myself={member.userId === me?.user.id}
                manages={manages}
                // More admins may follow on the next page; the server is the one who knows.
                last={member.role === "admin" && admins === 1 && !list.hasNextPage}
                busy={busy === member.userId}
                onRole={(role) => {
                  void run(member.userId, `${member.displayName} is still ${roleText(member.role)}`, () =>
                    setMemberRole(api, organization.id, member.userId, role),
                  );
                }}
                onRemove={() => setRemoving(member)}
              />
            ))}
          </ul>
        )}
        {list.hasNextPage && (
          <Button className="mt-3" busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        )}
      </section>
      {manages && invitations.data && invitations.data.length > 0 && (
        <InvitationList organizationId={organization.id} invitations={invitations.data} />
      )}
      {inviting && <InviteDialog organization={organization} onClose={() => setInviting(false)} />}
      <AlertDialog
        open={removing !== undefined}
        onOpenChange={(open) => !open && setRemoving(undefined)}
        title={`Remove ${removing?.displayName ?? ""}?`}
        description={`They can open nothing in ${organization.name} any more, from now on. What they have made stays here.`}
        confirm="Remove"
        danger
        onConfirm={() => removing && void remove(removing)}
      />
    </Page>
  );
}
