// The organization's own settings: its name, its plan with what is used of it, leaving it and deleting it.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useApi } from "../api/api-context";
import { leaveOrganization, renameOrganization, usageQuery } from "../api/organization";
import { describeError } from "../api/problem";
import { acrossExpiry, type Organization } from "../api/session";
import { AlertDialog } from "../ui/alert-dialog";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Card, Page } from "../ui/page";
import { notifyDone, notifyError } from "../ui/toaster";
import { DeleteOrganizationDialog } from "./delete-organization-dialog";
import { UsageMeter } from "./usage-meter";
import { useOrganizationAction } from "./use-organization-action";

type SettingsPageProps = { organization: Organization; onLeft: () => void };

export function SettingsPage({ organization, onLeft }: SettingsPageProps) {
  const api = useApi();
  const [leaving, setLeaving] = useState(false);
  const [going, setGoing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const { busy, run } = useOrganizationAction(organization.id);
  const usage = useQuery(usageQuery(api, organization.id));

  // Nothing of it is loaded anew afterwards: whoever has left may not ask.
  const leave = async () => {
    setGoing(true);
    try {
      await acrossExpiry(api, () => leaveOrganization(api, organization.id));
      onLeft();
    } catch (error) {
      notifyError({ text: `You are still in ${organization.name}`, detail: describeError(error) });
      setGoing(false);
    }
  };

  return (
    <Page title="Organization">
      <Card id="name-heading" title="Name">
        {organization.role === "admin" ? (
          <NameForm key={organization.name} organization={organization} busy={busy === "name"} run={run} />
        ) : (
          <p className="break-words">{organization.name}</p>
        )}
      </Card>
      <Card id="plan-heading" title="Plan" busy={usage.isFetching}>
        <UsageMeter usage={usage.data} />
        <p className="text-muted">The trash is not counted. The operator of this server changes the plan.</p>
      </Card>
      <Card id="leave-heading" title="Leave">
        <p className="text-muted">
          What you have made stays here. To come back you need an invitation.
          {organization.role === "admin" && " The only admin has to make somebody else one before."}
        </p>
        <div>
          <Button busy={going} onClick={() => setLeaving(true)}>
            Leave this organization
          </Button>
        </div>
      </Card>
      {organization.role === "admin" && (
        <Card id="delete-heading" title="Delete organization">
          <p className="text-muted">
            It is closed for everybody at once: its diagrams, tokens and open pages. For 30 days an admin can
            restore it. Then it is removed for good, with every diagram, all history and the log.
          </p>
          <div>
            <Button variant="danger" onClick={() => setDeleting(true)}>
              Delete this organization
            </Button>
          </div>
        </Card>
      )}
      {deleting && (
        <DeleteOrganizationDialog organization={organization} onClose={() => setDeleting(false)} />
      )}
      <AlertDialog
        open={leaving}
        onOpenChange={setLeaving}
        title={`Leave ${organization.name}?`}
        description="You can open nothing here any more, from now on."
        confirm="Leave"
        danger
        onConfirm={() => void leave()}
      />
    </Page>
  );
}

type NameFormProps = {
  organization: Organization;
  busy: boolean;
  run: ReturnType<typeof useOrganizationAction>["run"];
};

function NameForm({ organization, busy, run }: NameFormProps) {
  const api = useApi();
  const { register, handleSubmit, formState } = useForm({ defaultValues: { name: organization.name } });
  const submit = handleSubmit(async ({ name }) => {
    const renamed = await run("name", "The organization was not renamed", () =>
      renameOrganization(api, organization.id, name.trim()),
    );
    if (renamed) notifyDone({ text: `The organization is called ${name.trim()}` });
  });
  return (
    <form noValidate onSubmit={submit} className="flex flex-wrap items-end gap-2">
      <div className="min-w-0 max-w-md flex-1 basis-60">
        <Field label="Name of the organization" error={formState.errors.name?.message}>
          {(ids) => (
            <Input
              autoComplete="off"
              maxLength={200}
              {...ids}
              {...register("name", { validate: (name) => name.trim() !== "" || "Enter a name." })}
            />
          )}
        </Field>
      </div>
      <Button type="submit" busy={busy} disabled={!formState.isDirty}>
        Rename
      </Button>
    </form>
  );
}
