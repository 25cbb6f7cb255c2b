import { useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { useApi } from "../api/api-context";
import { deleteOrganization } from "../api/organization";
import { describeError } from "../api/problem";
import { acrossExpiry, type Organization, sessionKeys } from "../api/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";

type DeleteOrganizationDialogProps = { organization: Organization; onClose: () => void };

// DeleteOrganizationDialog has the name typed, so that nothing is deleted by mistake. Afterwards the page itself tells how it
// can be restored.
export function DeleteOrganizationDialog({ organization, onClose }: DeleteOrganizationDialogProps) {
  const api = useApi();
  const queryClient = useQueryClient();
  const formId = useId();
  const [problem, setProblem] = useState<string>();
  const { register, handleSubmit, control, formState } = useForm({ defaultValues: { name: "" } });
  const typed = useWatch({ control, name: "name" }).trim() === organization.name;

  const submit = handleSubmit(async ({ name }) => {
    setProblem(undefined);
    try {
      await acrossExpiry(api, () => deleteOrganization(api, organization.id, name.trim()));
      await queryClient.refetchQueries({ queryKey: sessionKeys.me });
    } catch (error) {
      setProblem(describeError(error));
    }
  });

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete ${organization.name}?`}
      description="Everybody in it is locked out at once. For 30 days an admin can restore it; then everything in it is gone for good."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant="danger"
            disabled={!typed}
            busy={formState.isSubmitting}
          >
            Delete organization
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="mt-4 flex flex-col gap-4">
        {problem && <Notice tone="danger">{problem}</Notice>}
        <Field label={`Type “${organization.name}” to confirm`}>
          {(ids) => <Input autoComplete="off" autoFocus spellCheck={false} {...ids} {...register("name")} />}
        </Field>
      </form>
    </Dialog>
  );
}
