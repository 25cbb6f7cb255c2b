import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useRef, useState } from "react";
import { accountKeys, beginLink, type Identity, identitiesQuery, unlinkIdentity } from "../api/account";
import { useApi } from "../api/api-context";
import { describeError } from "../api/problem";
import { acrossExpiry, type Provider, providersQuery } from "../api/session";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { notifyDone, notifyError } from "../ui/toaster";
import { signInProblem } from "./sign-in-problem";

type IdentitySectionProps = {
  // linked and failure are what came of linking, where one comes back from there.
  linked: string | undefined;
  failure: string | undefined;
  // next is the path of this page, to come back to.
  next: string;
};

// IdentitySection lists the other services that one signs in with, to link and unlink them. Where the server has none
// and one is linked with none, it is nothing.
export function IdentitySection({ linked, failure, next }: IdentitySectionProps) {
  const api = useApi();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState<string>();
  const providers = useQuery(providersQuery(api)).data ?? [];
  const list = useQuery(identitiesQuery(api));
  const identities = list.data?.data ?? [];
  const heading = useRef<HTMLHeadingElement>(null);
  if (providers.length === 0 && identities.length === 0 && !failure && !list.isError) return null;
  // The address goes on saying so after it was unlinked.
  const arrived = identities.find(({ provider }) => provider?.id === linked)?.provider;

  const link = async (provider: Provider) => {
    setBusy(provider.id);
    try {
      window.location.assign(await acrossExpiry(api, () => beginLink(api, provider.id, next)));
    } catch (error) {
      setBusy(undefined);
      notifyError({ text: `${provider.name} was not linked`, detail: describeError(error) });
    }
  };
  const unlink = async (identity: Identity) => {
    setBusy(identity.id);
    try {
      await acrossExpiry(api, () => unlinkIdentity(api, identity.id));
      await queryClient.invalidateQueries({ queryKey: accountKeys.identities });
      notifyDone({ text: `${nameOf(identity)} is not linked any more` });
      heading.current?.focus(); // its button is gone
    } catch (error) {
      notifyError({ text: `${nameOf(identity)} stays linked`, detail: describeError(error) });
    } finally {
      setBusy(undefined);
    }
  };

  return (
    <section aria-labelledby="identities-heading" aria-busy={list.isFetching}>
      <h2 ref={heading} tabIndex={-1} id="identities-heading" className="mb-2 font-semibold text-base">
        Sign-in with other services
      </h2>
      {failure && (
        <Notice tone="danger" className="mb-2">
          {signInProblem(failure)}
        </Notice>
      )}
      {!failure && arrived && (
        <Notice tone="info" className="mb-2">
          You can sign in with {arrived.name} from now on.
        </Notice>
      )}
      {list.isError && !list.data && (
        <Notice tone="danger" action={<Button onClick={() => void list.refetch()}>Try again</Button>}>
          {describeError(list.error)}
        </Notice>
      )}
      {list.isPending && <Skeleton className="h-14" />}
      {list.data && (
        <ul aria-labelledby="identities-heading" className="rounded-lg border border-line bg-surface">
          {identities.map((identity) => (
            <li
              key={identity.id}
              className="flex min-h-14 items-center gap-3 border-line border-b px-3 py-2 last:border-b-0"
            >
              <KeyRound className="size-5 shrink-0 text-muted" aria-hidden="true" />
              <div className="min-w-0 flex-1">
                <div className="truncate font-medium">{nameOf(identity)}</div>
                <div className="truncate text-muted text-xs">
                  {identity.email && `${identity.email} · `}
                  linked <time dateTime={identity.createdAt}>{formatDate(identity.createdAt)}</time>
                </div>
              </div>
              <Button
                aria-label={`Unlink ${nameOf(identity)}${identity.email ? `, ${identity.email}` : ""}`}
                busy={busy === identity.id}
                onClick={() => void unlink(identity)}
              >
                Unlink
              </Button>
            </li>
          ))}
          {providers
            .filter(({ id }) => !identities.some(({ provider }) => provider?.id === id))
            .map((provider) => (
              <li
                key={provider.id}
                className="flex min-h-14 items-center gap-3 border-line border-b px-3 py-2 last:border-b-0"
              >
                <KeyRound className="size-5 shrink-0 text-muted" aria-hidden="true" />
                <div className="min-w-0 flex-1">
                  <div className="truncate font-medium">{provider.name}</div>
                  <div className="text-muted text-xs">Not linked</div>
                </div>
                <Button
                  aria-label={`Link ${provider.name}`}
                  busy={busy === provider.id}
                  onClick={() => void link(provider)}
                >
                  Link
                </Button>
              </li>
            ))}
        </ul>
      )}
    </section>
  );
}

// nameOf is the service as people know it, else the host of its name, which is an address.
function nameOf({ provider, issuer }: Identity): string {
  if (provider) return provider.name;
  return URL.canParse(issuer) ? new URL(issuer).host : issuer;
}

function formatDate(time: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format(new Date(time));
}
