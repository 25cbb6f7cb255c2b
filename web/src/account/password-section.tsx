import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { accountKeys, changePassword, identitiesQuery } from "../api/account";
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

// PasswordSection changes the password, or sets the first one of whoever signs in with another service. Whoever is
// signed in elsewhere has to sign in again then.
export function PasswordSection() {
  const api = useApi();
  const queryClient = useQueryClient();
  const { data: me } = useQuery(meQuery(api));
  const email = me?.user.email ?? null;
  // Until it is known, it is as usual.
  const hasPassword = useQuery(identitiesQuery(api)).data?.hasPassword ?? true;
  const [problem, setProblem] = useState<string>();
  const { register, handleSubmit, setError, control, reset, formState } = useForm<Values>({
    defaultValues: { currentPassword: "", newPassword: "" },
  });
  const { errors, isSubmitting } = formState;
  const typed = useWatch({ control, name: "newPassword" });

  const submit = handleSubmit(async ({ currentPassword, newPassword }) => {
    const change = hasPassword ? { currentPassword, newPassword } : { newPassword };
    setProblem(undefined);
    try {
      await acrossExpiry(api, () => changePassword(api, change));
      reset();
      notifyDone({
        text: hasPassword ? "Your password is changed" : "You have a password now",
        detail: "All other sessions have ended.",
      });
      void queryClient.invalidateQueries({ queryKey: accountKeys.identities });
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
      {!hasPassword && (
        <p className="max-w-prose text-muted">
          {email === null
            ? "You sign in with another service. A password goes with an e-mail address, and your account has none."
            : "You have no password: you sign in with another service. With one you can sign in by your e-mail address as well."}
        </p>
      )}
      {(hasPassword || email !== null) && (
        <form noValidate onSubmit={submit} className="flex max-w-sm flex-col gap-4">
          {problem && <Notice tone="danger">{problem}</Notice>}
          {/* For password managers: they keep a password together with a name. */}
          <Input type="email" autoComplete="username" readOnly hidden value={email ?? ""} />
          {hasPassword && (
            <Field label="Current password" error={errors.currentPassword?.message}>
              {(ids) => (
                <PasswordInput
                  autoComplete="current-password"
                  {...ids}
                  {...register("currentPassword", { required: "Enter your current password." })}
                />
              )}
            </Field>
          )}
          <NewPasswordField
            label="New password"
            error={errors.newPassword?.message}
            length={passwordLength(typed)}
            {...register("newPassword", { validate: validatePassword })}
          />
          <p className="text-muted text-xs">All other sessions end. API tokens stay.</p>
          <div>
            <Button type="submit" busy={isSubmitting}>
              {hasPassword ? "Change password" : "Set password"}
            </Button>
          </div>
        </form>
      )}
    </section>
  );
}
