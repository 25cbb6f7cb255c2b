import { useState } from "react";
import { useForm, useWatch } from "react-hook-form";
import { useApi } from "../api/api-context";
import { type SignedIn, signUp } from "../api/session";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Input } from "../ui/input";
import { Notice } from "../ui/notice";
import { showProblem } from "./account-form";
import { NewPasswordField, passwordLength, validatePassword } from "./new-password-field";

type SignUpFormProps = {
  // invitation is the secret of one: then one joins its organization and makes none.
  invitation?: string;
  email?: string;
  onSignedUp: (session: SignedIn) => void;
};
type Values = { displayName: string; organizationName: string; email: string; password: string };

const fields = ["displayName", "organizationName", "email", "password"] as const;

export function SignUpForm({ invitation, email: invited = "", onSignedUp }: SignUpFormProps) {
  const api = useApi();
  const [problem, setProblem] = useState<string>();
  const { register, handleSubmit, setError, control, formState } = useForm<Values>({
    defaultValues: { displayName: "", organizationName: "", email: invited, password: "" },
  });
  const { errors, isSubmitting } = formState;

  const submit = handleSubmit(async ({ organizationName, ...account }) => {
    setProblem(undefined);
    const name = organizationName.trim();
    try {
      onSignedUp(
        await signUp(api, {
          ...account,
          ...(invitation ? { invitation } : name ? { organizationName: name } : {}),
        }),
      );
    } catch (error) {
      setProblem(showProblem(error, fields, setError));
    }
  });

  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      {problem && <Notice tone="danger">{problem}</Notice>}
      <Field label="Your name" error={errors.displayName?.message}>
        {(ids) => (
          <Input
            autoComplete="name"
            autoFocus
            className="h-10"
            maxLength={200}
            {...ids}
            {...register("displayName", { validate: (name) => name.trim() !== "" || "Enter your name." })}
          />
        )}
      </Field>
      {!invitation && (
        <Field
          label="Organization (optional)"
          hint="Your diagrams belong to it. Without a name it is called after you."
          error={errors.organizationName?.message}
        >
          {(ids) => (
            <Input
              autoComplete="organization"
              className="h-10"
              maxLength={200}
              {...ids}
              {...register("organizationName")}
            />
          )}
        </Field>
      )}
      <Field label="E-mail address" error={errors.email?.message}>
        {(ids) => (
          <Input
            type="email"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            className="h-10"
            {...ids}
            {...register("email", {
              required: "Enter your e-mail address.",
              pattern: { value: /^[^@\s]+@[^@\s]+$/, message: "This is not an e-mail address." },
            })}
          />
        )}
      </Field>
      <NewPasswordField
        label="Password"
        error={errors.password?.message}
        length={passwordLength(useWatch({ control, name: "password" }))}
        {...register("password", { validate: validatePassword })}
      />
      <Button type="submit" variant="primary" size="large" busy={isSubmitting}>
        {invitation ? "Create account and join" : "Create account"}
      </Button>
    </form>
  );
}
