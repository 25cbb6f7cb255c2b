// The page behind a link to choose another password.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { useApi } from "../api/api-context";
import { ApiError, describeError } from "../api/problem";
import { passwordResetQuery, resetPassword } from "../api/session";
import { Button, buttonStyle } from "../ui/button";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { showProblem } from "./account-form";
import { AccountFrame } from "./account-frame";
import { NewPasswordField, passwordLength, validatePassword } from "./new-password-field";

type PasswordResetPageProps = {
  secret: string;
  // onReset forgets who was signed in here: their sessions have ended.
  onReset: () => void;
};

export function PasswordResetPage({ secret, onReset }: PasswordResetPageProps) {
  const api = useApi();
  const [done, setDone] = useState(false);
  const reset = useQuery({ ...passwordResetQuery(api, secret), enabled: !done });

  if (done) {
    return (
      <AccountFrame
        title="Your password is changed"
        foot="API tokens go on working. Revoke those that you do not know."
      >
        <p className="mb-6 text-muted">All sessions have ended. Sign in with the new password.</p>
        <Link
          to="/sign-in"
          className={buttonStyle({ variant: "primary", size: "large", className: "hover:bg-accent-hover" })}
        >
          Sign in
        </Link>
      </AccountFrame>
    );
  }
  if (reset.isPending) {
    return (
      <AccountFrame title="Choose another password" foot={null}>
        <Skeleton className="h-24" />
      </AccountFrame>
    );
  }
  // A look at the link that fails later takes nothing away that is typed.
  if (reset.isError && !reset.data) {
    const gone = reset.error instanceof ApiError && reset.error.kind === "not-found";
    return (
      <AccountFrame
        title={gone ? "This link can’t be used" : "The link could not be looked at"}
        foot={
          <Link to="/forgotten" className="text-accent underline underline-offset-2">
            Ask for a new link
          </Link>
        }
      >
        <p className="text-muted">
          {gone ? "It was used already, or it is older than an hour." : describeError(reset.error)}
        </p>
        {!gone && (
          <Button className="mt-4" onClick={() => void reset.refetch()}>
            Try again
          </Button>
        )}
      </AccountFrame>
    );
  }
  return (
    <AccountFrame title="Choose another password" foot={null}>
      <NewPasswordForm
        secret={secret}
        email={reset.data.email}
        onReset={() => {
          setDone(true);
          onReset();
        }}
      />
    </AccountFrame>
  );
}

function NewPasswordForm({ secret, email, onReset }: { secret: string; email: string; onReset: () => void }) {
  const api = useApi();
  const [problem, setProblem] = useState<string>();
  const { register, handleSubmit, setError, control, formState } = useForm({
    defaultValues: { newPassword: "" },
  });
  const submit = handleSubmit(async ({ newPassword }) => {
    setProblem(undefined);
    try {
      await resetPassword(api, secret, newPassword);
      onReset();
    } catch (error) {
      setProblem(showProblem(error, ["newPassword"], setError));
    }
  });
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <p className="break-words text-muted">For {email}. All your sessions end with it.</p>
      {problem && <Notice tone="danger">{problem}</Notice>}
      {/* For password managers: they keep a password together with a name. */}
      <Input type="email" autoComplete="username" readOnly hidden value={email} />
      <NewPasswordField
        label="New password"
        error={formState.errors.newPassword?.message}
        length={passwordLength(useWatch({ control, name: "newPassword" }))}
        autoFocus
        {...register("newPassword", { validate: validatePassword })}
      />
      <Button type="submit" variant="primary" size="large" busy={formState.isSubmitting}>
        Change password
      </Button>
    </form>
  );
}
