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

// next is where one wanted to go by signing in.
export function ForgottenPage({ next }: { next: string | undefined }) {
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
    <Link to="/sign-in" search={{ next }} className="text-accent underline underline-offset-2">
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
        <p className="text-muted">
          If there is an account with the address <span className="break-words text-ink">{sent}</span>, a mail
          is on its way. Its link can be used for an hour; whoever signs in with another service has no
          password, and is told so. Nothing there after some minutes? Look among the unwanted mail, or{" "}
          <button
            type="button"
            onClick={() => setSent(undefined)}
            className="text-accent underline underline-offset-2"
          >
            try again
          </button>
          .
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
