// Where somebody comes back from another service with an address that has an account here: its password shows that
// the account is theirs.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useApi } from "../api/api-context";
import { ApiError, describeError } from "../api/problem";
import { confirmLink, pendingLinkQuery, type SignedIn } from "../api/session";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { showProblem } from "./account-form";
import { AccountFrame } from "./account-frame";
import { PasswordInput } from "./password-input";

type ConfirmLinkPageProps = { onSignedIn: (session: SignedIn, next: string) => void };

export function ConfirmLinkPage({ onSignedIn }: ConfirmLinkPageProps) {
  const api = useApi();
  const pending = useQuery(pendingLinkQuery(api));
  const [problem, setProblem] = useState<string>();
  const { register, handleSubmit, setError, setFocus, formState } = useForm({
    defaultValues: { password: "" },
  });
  const back = (
    <Link to="/sign-in" className="text-accent underline underline-offset-2">
      Back to sign in
    </Link>
  );

  if (pending.isPending) {
    return (
      <AccountFrame title="Is this your account?" foot={null}>
        <Skeleton className="h-32" />
      </AccountFrame>
    );
  }
  // A look that fails later takes nothing away that is typed.
  if (pending.isError && !pending.data) {
    const gone = pending.error instanceof ApiError && pending.error.kind === "not-found";
    return (
      <AccountFrame title={gone ? "Nothing to confirm" : "This could not be loaded"} foot={back}>
        <p className="text-muted">
          {gone ? "That took too long, or it is done already. Begin again." : describeError(pending.error)}
        </p>
      </AccountFrame>
    );
  }
  const { providerName, email, next } = pending.data;
  const submit = handleSubmit(async ({ password }) => {
    setProblem(undefined);
    try {
      onSignedIn(await confirmLink(api, password), next);
    } catch (error) {
      const text = showProblem(error, ["password"], setError);
      setProblem(text);
      if (text) setFocus("password", { shouldSelect: true });
    }
  });

  return (
    <AccountFrame title="Is this your account?" foot={back}>
      <p className="mb-6 text-muted">
        {providerName} says that you are {email}, and there is an account with this address. Enter its
        password once; from then on you sign in to it with {providerName}.
      </p>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        {problem && <Notice tone="danger">{problem}</Notice>}
        <Field label="E-mail address">
          {(ids) => (
            <Input
              type="email"
              autoComplete="username"
              readOnly
              value={email}
              className="h-10 bg-sunken"
              {...ids}
            />
          )}
        </Field>
        <Field label="Password" error={formState.errors.password?.message}>
          {(ids) => (
            <PasswordInput
              autoComplete="current-password"
              autoFocus
              {...ids}
              {...register("password", { required: "Enter your password." })}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" size="large" busy={formState.isSubmitting}>
          Link and sign in
        </Button>
      </form>
      <p className="mt-6 text-muted text-xs">
        <Link to="/forgotten" search={{ next }} className="text-accent underline underline-offset-2">
          Forgot your password?
        </Link>{" "}
        You have none? Sign in the way you usually do, and link {providerName} under Account.
      </p>
    </AccountFrame>
  );
}
