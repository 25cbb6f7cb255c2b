import type { Usage } from "../api/organization";
import { cn } from "../ui/cn";
import { Skeleton } from "../ui/skeleton";

// UsageMeter shows how much of the plan is used; undefined while that is not known.
export function UsageMeter({ usage }: { usage: Usage | undefined }) {
  if (!usage) return <Skeleton className="h-9 w-full max-w-md" />;
  const { used, limit } = usage.diagrams;
  const share = limit > 0 ? Math.min(used / limit, 1) : 1;
  return (
    <div className="flex max-w-md flex-col gap-1.5">
      <p>
        <span className="font-medium">
          {used} of {limit} diagrams
        </span>{" "}
        on the {usage.plan} plan
      </p>
      <div className="h-2 overflow-hidden rounded-full bg-sunken" aria-hidden="true">
        <div
          className={cn(
            "h-full rounded-full",
            share >= 1 ? "bg-danger" : share >= 0.8 ? "bg-warning" : "bg-accent",
          )}
          style={{ width: `${share * 100}%` }}
        />
      </div>
      <p className="text-muted text-xs">{usage.members === 1 ? "1 member" : `${usage.members} members`}</p>
    </div>
  );
}
