import type { ComponentProps } from "react";
import { cn } from "./cn";

// Select is the browser's own choice of one from a list, looking like an Input. Wrap it in a Field or give it an
// aria-label.
export function Select({ className, ...rest }: ComponentProps<"select">) {
  return (
    <select
      className={cn(
        "h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2 text-ink focus-visible:outline-offset-0 disabled:opacity-50",
        className,
      )}
      {...rest}
    />
  );
}
