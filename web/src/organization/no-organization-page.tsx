// What somebody sees who is signed in and can work in no organization, for example after the last one was left.
import { useId, useState } from "react";
import { useForm } from "react-hook-form";
import type { DeletedOrganization } from "../api/organization";
import type { Organization } from "../api/session";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Card, Page } from "../ui/page";
import { RestoreButton } from "./deleted-organization";
import { invitationSecret } from "./invitation-secret";
import { OrganizationForm } from "./organization-form";

type NoOrganizationPageProps = {
  deleted: DeletedOrganization[];
  onCreated: (organization: Organization) => void;
  onInvitation: (secret: string) => void;
};

const date = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });

export function NoOrganizationPage({ deleted, onCreated, onInvitation }: NoOrganizationPageProps) {
  const formId = useId();
  const [busy, setBusy] = useState(false);
  return (
    <Page
      title="You are in no organization"
      description="Diagrams belong to organizations. Make one of your own, or open the link of an invitation."
    >
      {deleted.length > 0 && (
        <Card id="deleted-heading" title="Deleted">
          <ul className="flex flex-col gap-3">
            {deleted.map((organization) => (
              <li key={organization.id} className="flex flex-wrap items-center justify-between gap-3">
                <span className="min-w-0 flex-1 basis-60 break-words">
                  <span className="font-medium">{organization.name}</span>
                  <span className="block text-muted text-xs">
                    {organization.role === "admin" ? "You can" : "An admin can"} restore it until{" "}
                    <time dateTime={organization.purgeAt}>{date.format(new Date(organization.purgeAt))}</time>
                    .
                  </span>
                </span>
                {organization.role === "admin" && <RestoreButton organization={organization} />}
              </li>
            ))}
          </ul>
        </Card>
      )}
      <Card id="invitation-heading" title="I have an invitation">
        <InvitationForm onInvitation={onInvitation} />
      </Card>
      <Card id="organization-heading" title="A new organization">
        <div className="max-w-md">
          <OrganizationForm id={formId} onBusy={setBusy} onCreated={onCreated} />
        </div>
        <div>
          <Button type="submit" form={formId} variant="primary" busy={busy}>
            Create an organization
          </Button>
        </div>
      </Card>
    </Page>
  );
}

function InvitationForm({ onInvitation }: { onInvitation: (secret: string) => void }) {
  const { register, handleSubmit, formState } = useForm({ defaultValues: { link: "" } });
  return (
    <form
      noValidate
      onSubmit={handleSubmit(({ link }) => onInvitation(invitationSecret(link) ?? ""))}
      className="flex flex-wrap items-end gap-2"
    >
      <div className="min-w-0 max-w-md flex-1 basis-60">
        <Field label="Link of the invitation" error={formState.errors.link?.message}>
          {(ids) => (
            <Input
              autoComplete="off"
              spellCheck={false}
              {...ids}
              {...register("link", {
                validate: (link) =>
                  invitationSecret(link) !== undefined || "This is not the link of an invitation.",
              })}
            />
          )}
        </Field>
      </div>
      <Button type="submit">Open</Button>
    </form>
  );
}
