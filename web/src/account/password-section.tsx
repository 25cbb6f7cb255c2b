import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { accountKeys, changePassword } from "../api/account";
import { useApi } from "../api/api-context";
import { acrossExpiry, meQuery } from "../api/session";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { notifyDone } from "../ui/toaster";
import { showProblem } from "./account-form";
import { NewPasswordField, passwordLength, validatePassword } from "./new-password-field";
import { PasswordInput } from "./password-input";

const fields = ["currentPassword", "newPassword"] as const;
type Values = { currentPassword: string; newPassword: string };

// PasswordSection changes the password; whoever is signed in elsewhere has to sign in again then.
export function PasswordSection() {
  const api = useApi();
  const queryClient = useQueryClient();
  const { data: me } = useQuery(meQuery(api));
  const [problem, setProblem] = useState<string>();
  const { register, handleSubmit, setError, control, reset, formState } = useForm<Values>({
    defaultValues: { currentPassword: "", newPassword: "" },
  });
  const { errors, isSubmitting } = formState;

  const submit = handleSubmit(async (change) => {
    setProblem(undefined);
    try {
      await acrossExpiry(api, () => changePassword(api, change));
      reset();
      notifyDone({ text: "Your password is changed", detail: "All other sessions have ended." });
      void queryClient.invalidateQueries({ queryKey: accountKeys.sessions });
    } catch (error) {
      setProblem(showProblem(error, fields, setError));
    }
  });

  return (
    <section
      aria-labelledby="password-heading"
      className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-4"
    >
      <h2 id="password-heading" className="font-semibold text-base">
        Password
      </h2>
      <form noValidate onSubmit={submit} className="flex max-w-sm flex-col gap-4">
        {problem && <Notice tone="danger">{problem}</Notice>}
        {/* For password managers: they keep a password together with a name. */}
        <Input type="email" autoComplete="username" readOnly hidden value={me?.user.email ?? ""} />
        <Field label="Current password" error={errors.currentPassword?.message}>
          {(ids) => (
            <PasswordInput
              autoComplete="current-password"
              {...ids}
              {...register("currentPassword", { required: "Enter your current password." })}
            />
          )}
        </Field>
        <NewPasswordField
          label="New password"
          error={errors.newPassword?.message}
          length={passwordLength(useWatch({ control, name: "newPassword" }))}
          {...register("newPassword", { validate: validatePassword })}
        />
        <p className="text-muted text-xs">All other sessions end. API tokens stay.</p>
        <div>
          <Button type="submit" busy={isSubmitting}>
            Change password
          </Button>
        </div>
      </form>
    </section>
  );
}
