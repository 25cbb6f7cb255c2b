import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useApi } from "../api/api-context";
import { usageQuery } from "../api/organization";
import { cn } from "../ui/cn";

// QuotaLine says how much of the plan is used, before it hurts, and leads to where more is told.
export function QuotaLine({ organizationId }: { organizationId: string }) {
  const { data } = useQuery(usageQuery(useApi(), organizationId));
  if (!data) return null;
  const { used, limit } = data.diagrams;
  return (
    <Link
      to="/o/$organizationId/settings"
      params={{ organizationId }}
      className={cn("rounded text-xs hover:underline", used >= limit * 0.8 ? "text-warning" : "text-muted")}
    >
      {used} of {limit} diagrams on the {data.plan} plan
    </Link>
  );
}
