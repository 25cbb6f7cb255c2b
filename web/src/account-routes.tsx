// The pages about a person as the routes show them, whether somebody is signed in or not.
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, lazyRouteComponent, Navigate, useRouter } from "@tanstack/react-router";
import { Suspense } from "react";
import { useStore } from "zustand";
import { isSafeNext } from "./account/next";
import { useApi } from "./api/api-context";
import { meQuery, signOut } from "./api/session";
import { homeOf, useEnter, useLeave, useShowOrganization, withPreload } from "./coming-and-going";

const PersonShell = lazyRouteComponent(() => import("./shell/person-shell"), "PersonShell");
const SessionDialog = lazyRouteComponent(() => import("./account/session-dialog"), "SessionDialog");
const SignInPage = lazyRouteComponent(() => import("./account/sign-in-page"), "SignInPage");
const ConfirmLinkPage = lazyRouteComponent(() => import("./account/confirm-link-page"), "ConfirmLinkPage");
const ForgottenPage = lazyRouteComponent(() => import("./account/forgotten-page"), "ForgottenPage");
const SignUpPage = lazyRouteComponent(() => import("./account/sign-up-page"), "SignUpPage");
const PasswordResetPage = lazyRouteComponent(
  () => import("./account/password-reset-page"),
  "PasswordResetPage",
);
const InvitationPage = lazyRouteComponent(() => import("./account/invitation-page"), "InvitationPage");
const SecurityPage = lazyRouteComponent(() => import("./account/security-page"), "SecurityPage");
const NoOrganizationPage = lazyRouteComponent(
  () => import("./organization/no-organization-page"),
  "NoOrganizationPage",
);

const signInRoute = getRouteApi("/sign-in");
const signUpRoute = getRouteApi("/sign-up");
const forgottenRoute = getRouteApi("/forgotten");
const accountRoute = getRouteApi("/account");
const passwordResetRoute = getRouteApi("/password-reset/$secret");
const invitationRoute = getRouteApi("/invitation/$secret");

export const ForgottenView = withPreload(ForgottenRoute, ForgottenPage);
export const SignInView = withPreload(SignInRoute, SignInPage);
export const ConfirmLinkView = withPreload(ConfirmLinkRoute, ConfirmLinkPage);
export const SignUpView = withPreload(SignUpRoute, SignUpPage);
export const PasswordResetView = withPreload(PasswordResetRoute, PasswordResetPage);
export const InvitationView = withPreload(InvitationRoute, InvitationPage);
export const HomeView = withPreload(HomeRoute, NoOrganizationPage);
export const AccountView = withPreload(AccountRoute, SecurityPage);

function SignInRoute() {
  const { next, problem } = signInRoute.useSearch();
  return <SignInPage next={next} failure={problem} onSignedIn={useEnter(next)} />;
}

function ConfirmLinkRoute() {
  const router = useRouter();
  return (
    <ConfirmLinkPage
      onSignedIn={(_, next) => {
        router.options.context.queryClient.clear();
        router.history.push(isSafeNext(next) ? next : "/");
      }}
    />
  );
}

function SignUpRoute() {
  const { next } = signUpRoute.useSearch();
  return <SignUpPage next={next} onSignedUp={useEnter(next)} />;
}

function ForgottenRoute() {
  const { next } = forgottenRoute.useSearch();
  return <ForgottenPage next={next} />;
}

function PasswordResetRoute() {
  const { secret } = passwordResetRoute.useParams();
  const api = useApi();
  const router = useRouter();
  return (
    <PasswordResetPage
      key={secret}
      secret={secret}
      onReset={() => {
        api.forget();
        router.options.context.queryClient.clear();
      }}
    />
  );
}

function InvitationRoute() {
  const { secret } = invitationRoute.useParams();
  const { me } = invitationRoute.useRouteContext();
  const api = useApi();
  const leave = useLeave();
  const show = useShowOrganization();
  return (
    <InvitationPage
      key={secret}
      secret={secret}
      me={me}
      onJoined={(organizationId) => void show(organizationId)}
      onSignedUp={useEnter(undefined)}
      onSignOut={() => signOut(api).then(() => leave(`/invitation/${secret}`))}
    />
  );
}

// HomeRoute is for whoever can work in no organization; others are led to theirs.
function HomeRoute() {
  const api = useApi();
  const router = useRouter();
  const leave = useLeave();
  const show = useShowOrganization();
  const { data: me } = useQuery(meQuery(api));
  const first = me && homeOf(me);
  if (first) return <Navigate to="/o/$organizationId/diagrams" params={{ organizationId: first }} replace />;
  return (
    <PersonShell onSignOut={() => signOut(api).then(() => leave())}>
      <Suspense fallback={null}>
        <NoOrganizationPage
          deleted={me?.deletedOrganizations ?? []}
          onCreated={({ id }) => void show(id)}
          onInvitation={(secret) => void router.navigate({ to: "/invitation/$secret", params: { secret } })}
        />
      </Suspense>
      <Expired />
    </PersonShell>
  );
}

function AccountRoute() {
  const api = useApi();
  const leave = useLeave();
  const { linked, problem } = accountRoute.useSearch();
  return (
    <PersonShell onSignOut={() => signOut(api).then(() => leave())}>
      <Suspense fallback={null}>
        <SecurityPage linked={linked} failure={problem} path="/account" />
      </Suspense>
      <Expired />
    </PersonShell>
  );
}

// Expired asks for the password again, over whatever page, when the session has ended.
export function Expired() {
  const api = useApi();
  const leave = useLeave();
  const expired = useStore(api.session, (session) => session.status === "expired");
  if (!expired) return null;
  return (
    <Suspense fallback={null}>
      <SessionDialog
        onLeave={() => {
          api.forget();
          leave();
        }}
      />
    </Suspense>
  );
}
