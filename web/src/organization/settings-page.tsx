// The organization's own settings: its name, its plan with what is used of it, and leaving it.
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
import { HeaderSlot } from "../ui/header-slot";
import { Input } from "../ui/input";
import { usePageTitle } from "../ui/page-title";
import { notifyDone, notifyError } from "../ui/toaster";
import { UsageMeter } from "./usage-meter";
import { useOrganizationAction } from "./use-organization-action";

type SettingsPageProps = { organization: Organization; onLeft: () => void };

export function SettingsPage({ organization, onLeft }: SettingsPageProps) {
  usePageTitle("Organization");
  const api = useApi();
  const [leaving, setLeaving] = useState(false);
  const [going, setGoing] = useState(false);
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
    <div className="mx-auto flex w-full max-w-4xl flex-1 flex-col gap-6 p-4 sm:px-6">
      <HeaderSlot name="title">
        <span aria-current="page" className="truncate px-1.5 font-medium">
          Organization
        </span>
      </HeaderSlot>
      <h1 tabIndex={-1} className="font-semibold text-xl">
        Organization
      </h1>
      <section aria-labelledby="name-heading" className={card}>
        <h2 id="name-heading" className="font-semibold text-base">
          Name
        </h2>
        {organization.role === "admin" ? (
          <NameForm key={organization.name} organization={organization} busy={busy === "name"} run={run} />
        ) : (
          <p className="break-words">{organization.name}</p>
        )}
      </section>
      <section aria-labelledby="plan-heading" aria-busy={usage.isFetching} className={card}>
        <h2 id="plan-heading" className="font-semibold text-base">
          Plan
        </h2>
        <UsageMeter usage={usage.data} />
        <p className="text-muted">The trash is not counted. The operator of this server changes the plan.</p>
      </section>
      <section aria-labelledby="leave-heading" className={card}>
        <h2 id="leave-heading" className="font-semibold text-base">
          Leave
        </h2>
        <p className="text-muted">
          What you have made stays here. To come back you need an invitation.
          {organization.role === "admin" && " The only admin has to make somebody else one before."}
        </p>
        <div>
          <Button busy={going} onClick={() => setLeaving(true)}>
            Leave this organization
          </Button>
        </div>
      </section>
      <AlertDialog
        open={leaving}
        onOpenChange={setLeaving}
        title={`Leave ${organization.name}?`}
        description="You can open nothing here any more, from now on."
        confirm="Leave"
        danger
        onConfirm={() => void leave()}
      />
    </div>
  );
}

const card = "flex flex-col gap-3 rounded-lg border border-line bg-surface p-4";

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
