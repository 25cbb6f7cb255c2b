import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useApi } from "../api/api-context";
import { createOrganization } from "../api/organization";
import { describeError } from "../api/problem";
import { acrossExpiry, type Organization, sessionKeys } from "../api/session";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";

type OrganizationFormProps = {
  // id ties a button outside of the form to it.
  id: string;
  // autoFocus is for where the form is all there is.
  autoFocus?: boolean;
  onBusy: (busy: boolean) => void;
  onCreated: (organization: Organization) => void;
};

// OrganizationForm makes another organization. Its button stands where it is used.
export function OrganizationForm({ id, autoFocus = false, onBusy, onCreated }: OrganizationFormProps) {
  const api = useApi();
  const queryClient = useQueryClient();
  const [problem, setProblem] = useState<string>();
  const { register, handleSubmit, formState } = useForm({ defaultValues: { name: "" } });
  const submit = handleSubmit(async ({ name }) => {
    setProblem(undefined);
    onBusy(true);
    try {
      const made = await acrossExpiry(api, () => createOrganization(api, name.trim()));
      await queryClient.refetchQueries({ queryKey: sessionKeys.me });
      onCreated(made);
    } catch (error) {
      setProblem(describeError(error));
    } finally {
      onBusy(false);
    }
  });
  return (
    <form id={id} noValidate onSubmit={submit} className="flex flex-col gap-4">
      {problem && <Notice tone="danger">{problem}</Notice>}
      <Field label="Name" error={formState.errors.name?.message}>
        {(ids) => (
          <Input
            autoComplete="organization"
            autoFocus={autoFocus}
            maxLength={200}
            {...ids}
            {...register("name", { validate: (name) => name.trim() !== "" || "Enter a name." })}
          />
        )}
      </Field>
    </form>
  );
}
