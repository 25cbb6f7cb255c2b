// One's API tokens for an organization: credentials for programs.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { accountKeys, revokeToken, type Token, tokensQuery } from "../api/account";
import { useApi } from "../api/api-context";
import { describeError } from "../api/problem";
import { acrossExpiry, type Organization } from "../api/session";
import { AlertDialog } from "../ui/alert-dialog";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { Page } from "../ui/page";
import { Skeleton } from "../ui/skeleton";
import { notifyDone, notifyError } from "../ui/toaster";
import { NewTokenDialog } from "./new-token-dialog";
import { scopeText } from "./scope-words";

export function TokensPage({ organization }: { organization: Organization }) {
  const api = useApi();
  const queryClient = useQueryClient();
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token>();
  const [now] = useState(() => Date.now());
  const list = useQuery(tokensQuery(api, organization.id));

  const revoke = async (token: Token) => {
    try {
      await acrossExpiry(api, () => revokeToken(api, organization.id, token.id));
      notifyDone({ text: `“${token.name}” is revoked` });
    } catch (error) {
      notifyError({ text: `“${token.name}” was not revoked`, detail: describeError(error) });
    } finally {
      void queryClient.invalidateQueries({ queryKey: accountKeys.tokens(organization.id) });
    }
  };

  return (
    <Page
      title="API tokens"
      description={
        <>
          With a token a program acts for you in {organization.name}, and in no other organization.{" "}
          <a href="/api/docs" className="text-accent underline underline-offset-2">
            What it can call
          </a>
        </>
      }
      action={
        <Button variant="primary" onClick={() => setMaking(true)}>
          <KeyRound aria-hidden="true" />
          New token
        </Button>
      }
    >
      <section aria-label="API tokens" aria-busy={list.isFetching} className="flex flex-1 flex-col">
        {list.isPending && <Skeleton className="h-14" />}
        {list.isError && !list.data && (
          <Notice tone="danger" action={<Button onClick={() => void list.refetch()}>Try again</Button>}>
            {describeError(list.error)}
          </Notice>
        )}
        {list.data?.length === 0 && (
          <p className="rounded-lg border border-line border-dashed px-4 py-10 text-center text-muted">
            You have no tokens here.
          </p>
        )}
        {list.data && list.data.length > 0 && (
          <ul aria-label="API tokens" className="rounded-lg border border-line bg-surface">
            {list.data.map((token) => (
              <li
                key={token.id}
                className="flex min-h-14 items-center gap-3 border-line border-b px-3 py-2 last:border-b-0"
              >
                <div className="min-w-0 flex-1">
                  <div className="truncate font-medium" title={token.name}>
                    {token.name}
                  </div>
                  <div className="text-muted text-xs">
                    {scopeText(token.scope)} · {usedText(token)} ·{" "}
                    <Expiry expiresAt={token.expiresAt} now={now} />
                  </div>
                </div>
                <Button aria-label={`Revoke “${token.name}”`} onClick={() => setRevoking(token)}>
                  Revoke
                </Button>
              </li>
            ))}
          </ul>
        )}
      </section>
      {making && <NewTokenDialog organization={organization} onClose={() => setMaking(false)} />}
      <AlertDialog
        open={revoking !== undefined}
        onOpenChange={(open) => !open && setRevoking(undefined)}
        title={`Revoke “${revoking?.name ?? ""}”?`}
        description="Programs that use it are refused from now on. It can’t be brought back."
        confirm="Revoke"
        danger
        onConfirm={() => revoking && void revoke(revoking)}
      />
    </Page>
  );
}

function usedText(token: Token): string {
  return token.usedAt ? `used ${formatDate(token.usedAt)}` : "never used";
}

function Expiry({ expiresAt, now }: { expiresAt: string | null; now: number }) {
  if (!expiresAt) return <>does not expire</>;
  const over = Date.parse(expiresAt) <= now;
  return (
    <span className={over ? "text-danger" : undefined}>
      {over ? "expired" : "expires"} <time dateTime={expiresAt}>{formatDate(expiresAt)}</time>
    </span>
  );
}

function formatDate(time: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium" }).format(new Date(time));
}
