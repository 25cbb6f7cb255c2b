// What is shown in the place of an organization that was deleted, until it is restored or gone.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useApi } from "../api/api-context";
import { type DeletedOrganization, restoreOrganization } from "../api/organization";
import { describeError } from "../api/problem";
import { acrossExpiry, meQuery, sessionKeys } from "../api/session";
import { Button } from "../ui/button";
import { Page } from "../ui/page";
import { notifyDone, notifyError } from "../ui/toaster";

type DeletedOrganizationProps = { organization: DeletedOrganization };

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });

// Nothing that is closed sends events, so whether somebody has restored it is asked for.
const restoredPollMs = 10_000;

// DeletedOrganizationPage says what has happened and until when it can be taken back.
export function DeletedOrganizationPage({ organization }: DeletedOrganizationProps) {
  useQuery({ ...meQuery(useApi()), refetchInterval: restoredPollMs });
  const { name, role, deletedAt, purgeAt } = organization;
  return (
    <Page
      title="Organization deleted"
      description={
        <>
          {name} was deleted on <time dateTime={deletedAt}>{moment.format(new Date(deletedAt))}</time>. It is
          closed for everybody, and nothing in it has been removed yet.
        </>
      }
    >
      <p>
        Until <time dateTime={purgeAt}>{moment.format(new Date(purgeAt))}</time>{" "}
        {role === "admin" ? "you can" : "an admin can"} restore it. Then it is removed for good, with every
        diagram, all history and the log.
      </p>
      <div className="flex flex-wrap items-center gap-3">
        {role === "admin" && <RestoreButton organization={organization} />}
        <Link to="/" className="text-accent underline underline-offset-2">
          Other organizations
        </Link>
      </div>
    </Page>
  );
}

// RestoreButton takes a deletion back. What shows the organization learns of it by what is known of oneself.
export function RestoreButton({ organization }: DeletedOrganizationProps) {
  const api = useApi();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const restore = async () => {
    setBusy(true);
    try {
      await acrossExpiry(api, () => restoreOrganization(api, organization.id));
      notifyDone({ text: `${organization.name} is restored` });
      await queryClient.refetchQueries({ queryKey: sessionKeys.me });
    } catch (error) {
      notifyError({ text: `${organization.name} was not restored`, detail: describeError(error) });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button
      variant="primary"
      busy={busy}
      aria-label={`Restore ${organization.name}`}
      onClick={() => void restore()}
    >
      Restore
    </Button>
  );
}
