import { cn } from "./cn";

// Skeleton holds the place of something that is loading; give it the size of what will come.
// It is silent for screen readers: the region around it says that it is busy.
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden="true" className={cn("rounded bg-sunken motion-safe:animate-pulse", className)} />;
}
