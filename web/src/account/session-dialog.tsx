import { type QueryClient, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useId, useState } from "react";
import { useForm } from "react-hook-form";
import { useApi } from "../api/api-context";
import { type Me, providersQuery, sessionKeys, signedInElsewhere, signIn } from "../api/session";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { showProblem } from "./account-form";
import { PasswordInput } from "./password-input";
import { ProviderLinks } from "./provider-links";

// SessionDialog stands over the page when the session has ended. The page below stays as it is, with everything
// typed and drawn; after signing in what had failed is asked for again. Another account means leaving the page.
export function SessionDialog({ onLeave }: { onLeave: () => void }) {
  const api = useApi();
  const queryClient = useQueryClient();
  const formId = useId();
  const user = queryClient.getQueryData<Me>(sessionKeys.me)?.user;
  const email = user?.email ?? "";
  const providers = useQuery(providersQuery(api)).data ?? [];
  const [problem, setProblem] = useState<string>();
  const { register, handleSubmit, setError, setFocus, formState } = useForm({
    defaultValues: { password: "" },
  });

  // Another service opens in a tab of its own, and signs in this one, too: coming back here shows it. Where somebody else
  // has signed in there, nothing goes on here as them.
  const userId = user?.id;
  const look = useEffectEvent(async () => {
    if (userId === undefined) return;
    if (await signedInElsewhere(api, userId)) await refetchFailed(queryClient);
    else onLeave();
  });
  useEffect(() => {
    const arrive = () => {
      look().catch(() => {}); // nobody is signed in yet
    };
    arrive();
    window.addEventListener("focus", arrive);
    return () => window.removeEventListener("focus", arrive);
  }, []);

  const submit = handleSubmit(async ({ password }) => {
    setProblem(undefined);
    try {
      const session = await signIn(api, { email, password });
      // The address can be another account's by now.
      if (session.user.id === userId) await refetchFailed(queryClient);
      else onLeave();
    } catch (error) {
      const text = showProblem(error, ["password"], setError);
      setProblem(text);
      if (text) setFocus("password", { shouldSelect: true });
    }
  });

  return (
    <Dialog
      open
      stays
      onOpenChange={() => {}}
      title="Your session has ended"
      description="Sign in again to go on where you are. Nothing of this page is lost."
      footer={
        <>
          <Button onClick={onLeave}>Use another account</Button>
          {email !== "" && (
            <Button type="submit" form={formId} variant="primary" busy={formState.isSubmitting}>
              Sign in
            </Button>
          )}
        </>
      }
    >
      {email !== "" && (
        <form id={formId} noValidate onSubmit={submit} className="mt-4 flex flex-col gap-4">
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
        </form>
      )}
      <ProviderLinks providers={providers} next="/" apart />
    </Dialog>
  );
}

function refetchFailed(queryClient: QueryClient): Promise<void> {
  return queryClient.refetchQueries({
    type: "active",
    predicate: (query) => query.state.status === "error" || query.state.fetchFailureCount > 0,
  });
}
