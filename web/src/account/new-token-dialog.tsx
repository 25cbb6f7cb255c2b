import { useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useForm } from "react-hook-form";
import { accountKeys, type CreatedToken, createToken, type Scope } from "../api/account";
import { useApi } from "../api/api-context";
import { acrossExpiry, type Organization } from "../api/session";
import { Button } from "../ui/button";
import { Choices } from "../ui/choices";
import { CopyField } from "../ui/copy-field";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { Select } from "../ui/select";
import { showProblem } from "./account-form";
import { scopes } from "./scope-words";

type NewTokenDialogProps = { organization: Organization; onClose: () => void };
type Values = { name: string; scope: Scope; days: string };

const lifetimes = [
  { days: "30", text: "30 days" },
  { days: "90", text: "90 days" },
  { days: "365", text: "One year" },
  { days: "", text: "Does not expire" },
];

// NewTokenDialog makes a token and shows it, this once.
export function NewTokenDialog({ organization, onClose }: NewTokenDialogProps) {
  const api = useApi();
  const queryClient = useQueryClient();
  const formId = useId();
  const [problem, setProblem] = useState<string>();
  const [made, setMade] = useState<CreatedToken>();
  const { register, handleSubmit, setError, formState } = useForm<Values>({
    defaultValues: { name: "", scope: "read", days: "90" },
  });
  const { errors, isSubmitting } = formState;

  const submit = handleSubmit(async ({ name, scope, days }) => {
    setProblem(undefined);
    const expiresAt = days ? new Date(Date.now() + Number(days) * 86_400_000).toISOString() : null;
    try {
      const token = { name: name.trim(), scope, expiresAt };
      setMade(await acrossExpiry(api, () => createToken(api, organization.id, token)));
      void queryClient.invalidateQueries({ queryKey: accountKeys.tokens(organization.id) });
    } catch (error) {
      setProblem(showProblem(error, ["name", "scope"], setError));
    }
  });

  if (made) {
    return (
      <Dialog
        open
        stays
        onOpenChange={() => {}}
        title="Copy your token"
        description="It is shown only here: Laneway keeps nothing that it could be made from. Whoever has it acts for you."
        footer={
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        }
      >
        <div className="mt-4">
          <CopyField label={made.name} value={made.token} />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="New token"
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" busy={isSubmitting}>
            Make a token
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {problem && <Notice tone="danger">{problem}</Notice>}
        <Field label="Name" hint="What it is for, so that you know it later." error={errors.name?.message}>
          {(ids) => (
            <Input
              autoComplete="off"
              autoFocus
              maxLength={200}
              {...ids}
              {...register("name", { validate: (name) => name.trim() !== "" || "Enter a name." })}
            />
          )}
        </Field>
        <Choices
          legend="What it may do"
          choices={scopes
            .filter(({ roles }) => roles.includes(organization.role))
            .map(({ scope, ...choice }) => ({ value: scope, ...choice }))}
          input={register("scope")}
        />
        <Field label="Expires after">
          {(ids) => (
            <Select {...ids} {...register("days")}>
              {lifetimes.map(({ days, text }) => (
                <option key={text} value={days}>
                  {text}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </form>
    </Dialog>
  );
}
