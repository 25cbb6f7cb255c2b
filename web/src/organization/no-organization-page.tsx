// What somebody sees who is signed in and a member of nothing, for example after the last organization was left.
import { useId, useState } from "react";
import type { Organization } from "../api/session";
import { Button } from "../ui/button";
import { Logo } from "../ui/logo";
import { usePageTitle } from "../ui/page-title";
import { OrganizationForm } from "./organization-form";

type NoOrganizationPageProps = {
  onCreated: (organization: Organization) => void;
  onSignOut: () => void;
};

export function NoOrganizationPage({ onCreated, onSignOut }: NoOrganizationPageProps) {
  const formId = useId();
  const [busy, setBusy] = useState(false);
  usePageTitle("No organization");
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-md flex-col justify-center gap-4 px-6 py-10">
      <div className="flex items-center gap-2 font-semibold text-base">
        <Logo className="size-6 text-accent" />
        Laneway
      </div>
      <h1 tabIndex={-1} className="font-semibold text-xl">
        You are in no organization
      </h1>
      <p className="text-muted">
        Diagrams belong to organizations. Make one of your own here, or open the link of an invitation.
      </p>
      <OrganizationForm id={formId} onBusy={setBusy} onCreated={onCreated} />
      <div className="flex gap-2">
        <Button type="submit" form={formId} variant="primary" busy={busy}>
          Create an organization
        </Button>
        <Button onClick={onSignOut}>Sign out</Button>
      </div>
    </main>
  );
}
