import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context";
import { providersQuery, type SignedIn } from "../api/session";
import { AccountFrame } from "./account-frame";
import { ProviderLinks } from "./provider-links";
import { SignUpForm } from "./sign-up-form";

type SignUpPageProps = { next: string | undefined; onSignedUp: (session: SignedIn) => void };

export function SignUpPage({ next, onSignedUp }: SignUpPageProps) {
  const providers = useQuery(providersQuery(useApi())).data ?? [];
  return (
    <AccountFrame
      title="Sign up"
      foot={
        <>
          You have an account?{" "}
          <Link
            to="/sign-in"
            search={next ? { next } : {}}
            className="text-accent underline underline-offset-2"
          >
            Sign in
          </Link>
        </>
      }
    >
      <SignUpForm onSignedUp={onSignedUp} />
      <ProviderLinks providers={providers} next={next} />
    </AccountFrame>
  );
}
