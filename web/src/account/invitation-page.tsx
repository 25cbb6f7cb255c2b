// The page behind an invitation's link: what it invites to, and the way in for whoever holds it.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useApi } from "../api/api-context";
import { acceptInvitation, type InvitationView, invitationQuery } from "../api/organization";
import { ApiError, describeError } from "../api/problem";
import { type Me, providersQuery, type SignedIn } from "../api/session";
import { Button, buttonStyle } from "../ui/button";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { AccountFrame } from "./account-frame";
import { ProviderLinks } from "./provider-links";
import { SignUpForm } from "./sign-up-form";

type InvitationPageProps = {
  secret: string;
  // me is who is signed in; undefined: nobody.
  me: Me | undefined;
  onJoined: (organizationId: string) => void;
  onSignedUp: (session: SignedIn) => void;
  onSignOut: () => Promise<void>;
};

export function InvitationPage({ secret, me, onJoined, onSignedUp, onSignOut }: InvitationPageProps) {
  const api = useApi();
  const invitation = useQuery(invitationQuery(api, secret));
  const next = `/invitation/${secret}`;
  const providers = useQuery(providersQuery(api)).data ?? [];
  const [unleft, setUnleft] = useState<string>();
  const signOut = () => {
    setUnleft(undefined);
    onSignOut().catch((error: unknown) => setUnleft(describeError(error)));
  };

  if (invitation.isPending) {
    return (
      <AccountFrame title="Invitation" foot={null}>
        <Skeleton className="h-16" />
      </AccountFrame>
    );
  }
  // A look that fails later takes nothing away that is typed.
  if (invitation.isError && !invitation.data) {
    const gone = invitation.error instanceof ApiError && invitation.error.kind === "not-found";
    return (
      <AccountFrame
        title={gone ? "This invitation can’t be used" : "The invitation could not be loaded"}
        foot={
          <Link to="/" className="text-accent underline underline-offset-2">
            To Laneway
          </Link>
        }
      >
        <p className="text-muted">{describeError(invitation.error)}</p>
        {!gone && (
          <Button className="mt-4" onClick={() => void invitation.refetch()}>
            Try again
          </Button>
        )}
      </AccountFrame>
    );
  }
  const { organizationName, email } = invitation.data;
  if (me) {
    return (
      <AccountFrame
        title={`Join ${organizationName}`}
        foot={
          <>
            Not you?{" "}
            <button type="button" onClick={signOut} className="text-accent underline underline-offset-2">
              Use another account
            </button>
          </>
        }
      >
        <Words view={invitation.data} />
        {unleft && (
          <Notice tone="danger" className="mb-4">
            You are still signed in. {unleft}
          </Notice>
        )}
        <Join secret={secret} name={me.user.email ?? me.user.displayName} onJoined={onJoined} />
      </AccountFrame>
    );
  }
  return (
    <AccountFrame
      title={`Join ${organizationName}`}
      foot={
        <>
          You have an account?{" "}
          <Link to="/sign-in" search={{ next }} className="text-accent underline underline-offset-2">
            Sign in
          </Link>
        </>
      }
    >
      <Words view={invitation.data} />
      <SignUpForm invitation={secret} email={email ?? ""} onSignedUp={onSignedUp} />
      <ProviderLinks providers={providers} next={next} />
    </AccountFrame>
  );
}

const may = {
  admin: "You will do everything there, and manage its members.",
  member: "You will draw and edit there.",
  viewer: "You will see its diagrams, and change nothing.",
};

function Words({ view }: { view: InvitationView }) {
  return (
    <p className="mb-6 text-muted">
      {view.inviterName ?? "Somebody"} invites you to work in {view.organizationName} on Laneway.{" "}
      {may[view.role]}
    </p>
  );
}

type JoinProps = { secret: string; name: string; onJoined: (organizationId: string) => void };

function Join({ secret, name, onJoined }: JoinProps) {
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<{ text: string; already: boolean }>();
  const join = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      onJoined((await acceptInvitation(api, secret)).id);
    } catch (error) {
      const already = error instanceof ApiError && error.errors[0]?.code === "already_member";
      setProblem({ text: describeError(error), already });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="flex flex-col gap-4">
      {problem && <Notice tone={problem.already ? "info" : "danger"}>{problem.text}</Notice>}
      {problem?.already ? (
        <Link
          to="/"
          className={buttonStyle({ variant: "primary", size: "large", className: "hover:bg-accent-hover" })}
        >
          To Laneway
        </Link>
      ) : (
        <Button variant="primary" size="large" busy={busy} onClick={() => void join()}>
          <span className="truncate">Join as {name}</span>
        </Button>
      )}
    </div>
  );
}
