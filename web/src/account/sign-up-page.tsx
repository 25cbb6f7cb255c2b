import { Link } from "@tanstack/react-router";
import type { SignedIn } from "../api/session";
import { AccountFrame } from "./account-frame";
import { SignUpForm } from "./sign-up-form";

type SignUpPageProps = { next: string | undefined; onSignedUp: (session: SignedIn) => void };

export function SignUpPage({ next, onSignedUp }: SignUpPageProps) {
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
    </AccountFrame>
  );
}
