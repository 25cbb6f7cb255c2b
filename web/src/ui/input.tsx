import type { ComponentProps } from "react";
import { cn } from "./cn";

// Input is a text field without a label; wrap it in a Field or give it an aria-label.
export function Input({ className, ...rest }: ComponentProps<"input">) {
  return (
    <input
      className={cn(
        "h-8 w-full min-w-0 rounded-md border border-line-strong bg-surface px-2 text-ink placeholder:text-muted focus-visible:outline-offset-0 disabled:opacity-50 aria-invalid:border-danger",
        className,
      )}
      {...rest}
    />
  );
}
