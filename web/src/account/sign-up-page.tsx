import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context";
import { providersQuery, type SignedIn, signInOptionsQuery } from "../api/session";
import { Skeleton } from "../ui/skeleton";
import { AccountFrame } from "./account-frame";
import { ProviderLinks } from "./provider-links";
import { SignUpForm } from "./sign-up-form";

type SignUpPageProps = { next: string | undefined; onSignedUp: (session: SignedIn) => void };

// Where nobody can make an account by themselves, why, before a whole form is filled in.
const refusals = {
  open: null,
  invited:
    "New accounts are made by invitation only. Open the link of your invitation; an admin of an organization here can make you one.",
  closed: "This server takes no new accounts. Ask whoever runs it.",
};

export function SignUpPage({ next, onSignedUp }: SignUpPageProps) {
  const api = useApi();
  const providers = useQuery(providersQuery(api)).data ?? [];
  const options = useQuery(signInOptionsQuery(api));
  const refusal = options.data ? refusals[options.data.signUp] : null;
  return (
    <AccountFrame
      title="Sign up"
      foot={
        <>
          You have an account?{" "}
          <Link to="/sign-in" search={{ next }} className="text-accent underline underline-offset-2">
            Sign in
          </Link>
        </>
      }
    >
      {options.isPending && <Skeleton className="h-72" />}
      {refusal && <p className="text-muted">{refusal}</p>}
      {!options.isPending && !refusal && <SignUpForm onSignedUp={onSignedUp} />}
      <ProviderLinks providers={providers} next={next} />
    </AccountFrame>
  );
}
