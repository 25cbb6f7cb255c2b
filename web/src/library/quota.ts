import type { Organization } from "../api/session";

const limits: Record<Organization["plan"], number> = { free: 5, pro: 100, enterprise: 1000 };

// quotaText says how much of the plan is used, before it hurts.
export function quotaText(count: number, plan: Organization["plan"]): string {
  return `${count} of ${limits[plan]} diagrams on the ${plan} plan`;
}
