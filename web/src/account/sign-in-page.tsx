import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { useForm } from "react-hook-form";
import { useApi } from "../api/api-context";
import { providersQuery, type SignedIn, type SignIn, signIn, signInOptionsQuery } from "../api/session";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { showProblem } from "./account-form";
import { AccountFrame } from "./account-frame";
import { PasswordInput } from "./password-input";
import { ProviderLinks } from "./provider-links";
import { signInProblem } from "./sign-in-problem";

type SignInPageProps = {
  next: string | undefined;
  // failure is the word for what went wrong at another service, where somebody comes from there.
  failure: string | undefined;
  onSignedIn: (session: SignedIn) => void;
};

export function SignInPage({ next, failure, onSignedIn }: SignInPageProps) {
  const api = useApi();
  const providers = useQuery(providersQuery(api)).data ?? [];
  const signUp = useQuery(signInOptionsQuery(api)).data?.signUp;
  const formId = useId();
  const [problem, setProblem] = useState<string>();
  const { register, handleSubmit, setError, setFocus, formState } = useForm<SignIn>({
    defaultValues: { email: "", password: "" },
  });
  const { errors, isSubmitting } = formState;

  const submit = handleSubmit(async (credentials) => {
    setProblem(undefined);
    try {
      onSignedIn(await signIn(api, credentials));
    } catch (error) {
      const text = showProblem(error, ["email", "password"], setError);
      setProblem(text);
      if (text) setFocus("password", { shouldSelect: true });
    }
  });

  return (
    <AccountFrame
      title="Sign in"
      foot={
        signUp === "open" && (
          <>
            No account yet?{" "}
            <Link to="/sign-up" search={{ next }} className="text-accent underline underline-offset-2">
              Sign up
            </Link>
          </>
        )
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {problem && <Notice tone="danger">{problem}</Notice>}
        {!problem && failure && <Notice tone="danger">{signInProblem(failure)}</Notice>}
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
        <Field label="Password" error={errors.password?.message}>
          {(ids) => (
            <PasswordInput
              autoComplete="current-password"
              {...ids}
              {...register("password", { required: "Enter your password." })}
            />
          )}
        </Field>
        <Button type="submit" variant="primary" size="large" busy={isSubmitting}>
          Sign in
        </Button>
        <Link
          to="/forgotten"
          search={{ next }}
          className="self-start text-accent underline underline-offset-2"
        >
          Forgot your password?
        </Link>
      </form>
      <ProviderLinks providers={providers} next={next} />
    </AccountFrame>
  );
}
