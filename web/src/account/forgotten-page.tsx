// Asking for a link to choose another password.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useApi } from "../api/api-context";
import { requestPasswordReset, signInOptionsQuery } from "../api/session";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { showProblem } from "./account-form";
import { AccountFrame } from "./account-frame";

export function ForgottenPage() {
  const api = useApi();
  const mail = useQuery(signInOptionsQuery(api)).data?.mail;
  const [problem, setProblem] = useState<string>();
  const [sent, setSent] = useState<string>();
  const { register, handleSubmit, setError, formState } = useForm({ defaultValues: { email: "" } });
  const { errors, isSubmitting } = formState;

  const submit = handleSubmit(async ({ email }) => {
    setProblem(undefined);
    try {
      await requestPasswordReset(api, email.trim());
      setSent(email.trim());
    } catch (error) {
      setProblem(showProblem(error, ["email"], setError));
    }
  });

  const foot = (
    <Link to="/sign-in" className="text-accent underline underline-offset-2">
      Back to signing in
    </Link>
  );
  if (mail === false) {
    return (
      <AccountFrame title="Forgot your password?" foot={foot}>
        <p className="text-muted">
          This server sends no mail. Whoever runs it can make a link for you to choose another password, with{" "}
          <code className="break-words">laneway admin user reset-password</code> and your e-mail address.
        </p>
      </AccountFrame>
    );
  }
  if (sent !== undefined) {
    return (
      <AccountFrame title="Look into your mail" foot={foot}>
        <p role="status" className="text-muted">
          If there is an account with the address <span className="break-words text-ink">{sent}</span>, a mail
          with a link is on its way. It can be used for an hour. Nothing there after some minutes? Look among
          the unwanted mail, or try again.
        </p>
      </AccountFrame>
    );
  }
  return (
    <AccountFrame title="Forgot your password?" foot={foot}>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <p className="text-muted">You get a mail with a link to choose another one.</p>
        {problem && <Notice tone="danger">{problem}</Notice>}
        <Field label="E-mail address" error={errors.email?.message}>
          {(ids) => (
            <Input
              type="email"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              autoFocus
              className="h-10"
              {...ids}
              {...register("email", { required: "Enter your e-mail address." })}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" size="large" busy={isSubmitting}>
          Send me a link
        </Button>
      </form>
    </AccountFrame>
  );
}
