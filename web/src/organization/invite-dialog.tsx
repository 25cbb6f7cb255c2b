import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { useApi } from "../api/api-context";
import { type CreatedInvitation, createInvitation, organizationKeys, type Role } from "../api/organization";
import { ApiError, describeError } from "../api/problem";
import { acrossExpiry, type Organization, signInOptionsQuery } from "../api/session";
import { Button } from "../ui/button";
import { Choices } from "../ui/choices";
import { CopyField } from "../ui/copy-field";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { roles, roleText } from "./role-words";

type InviteDialogProps = { organization: Organization; onClose: () => void };
type Values = { email: string; role: Role };

// InviteDialog makes a link and shows it, this once.
export function InviteDialog({ organization, onClose }: InviteDialogProps) {
  const api = useApi();
  const queryClient = useQueryClient();
  const formId = useId();
  const [problem, setProblem] = useState<string>();
  const mails = useQuery(signInOptionsQuery(api)).data?.mail === true;
  const [made, setMade] = useState<CreatedInvitation>();
  const { register, handleSubmit, setError, control, formState } = useForm<Values>({
    defaultValues: { email: "", role: "member" },
  });
  const sends = useWatch({ control, name: "email" }).trim() !== "" && mails;

  const submit = handleSubmit(async ({ email, role }) => {
    setProblem(undefined);
    try {
      const invitation = { email: email.trim() || null, role };
      setMade(await acrossExpiry(api, () => createInvitation(api, organization.id, invitation)));
      void queryClient.invalidateQueries({ queryKey: organizationKeys.invitations(organization.id) });
    } catch (error) {
      const atEmail =
        error instanceof ApiError && error.kind === "invalid" && error.errors[0]?.field === "email";
      if (atEmail) setError("email", { message: "This is not an e-mail address." }, { shouldFocus: true });
      else setProblem(describeError(error));
    }
  });

  if (made) {
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={made.mail ? "The invitation is on its way" : "Send this link"}
        description={
          made.mail ? (
            <>
              A mail with a link goes to {made.email}; the list of open invitations tells whether it was sent.
              You can also send this link yourself. It is for one person, for seven days, and is shown only
              here.
            </>
          ) : (
            <>
              Whoever opens it first joins {organization.name} as {roleText(made.role).toLowerCase()}. It can
              be used for seven days and is shown only here.
            </>
          )
        }
        footer={
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <div className="mt-4">
          <CopyField label="Invitation link" value={made.link} />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Invite to ${organization.name}`}
      description={
        mails
          ? "The person gets a link by mail, or you send it in whatever way you like. It lets one person in."
          : "You get a link to send in whatever way you like. It lets one person in."
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" busy={formState.isSubmitting}>
            {sends ? "Invite" : "Make a link"}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="mt-4 flex flex-col gap-4">
        {problem && <Notice tone="danger">{problem}</Notice>}
        <Field
          label="For whom (optional)"
          hint={
            mails
              ? "An e-mail address. A link is sent there; without one you get a link to send yourself."
              : "An e-mail address, so that you know later whom a link was for. Nothing is sent there."
          }
          error={formState.errors.email?.message}
        >
          {(ids) => (
            <Input
              type="email"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              autoFocus
              {...ids}
              {...register("email")}
            />
          )}
        </Field>
        <Choices
          legend="Role"
          choices={roles.map(({ role, ...choice }) => ({ value: role, ...choice }))}
          input={register("role")}
        />
      </form>
    </Dialog>
  );
}
