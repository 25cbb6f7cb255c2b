import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "./cn";

// buttonStyle is exported for links that must look like a button.
export const buttonStyle = cva(
  "inline-flex shrink-0 select-none items-center justify-center gap-2 whitespace-nowrap rounded-md border font-medium transition-colors disabled:opacity-50 aria-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "border-transparent bg-accent text-on-accent enabled:hover:bg-accent-hover",
        secondary: "border-line bg-surface text-ink enabled:hover:bg-hover",
        ghost: "border-transparent bg-transparent text-ink enabled:hover:bg-hover",
        danger: "border-transparent bg-danger text-on-danger enabled:hover:bg-danger-hover",
      },
      size: {
        small: "h-7 px-2 text-xs",
        medium: "h-8 px-3",
        large: "h-10 px-4",
      },
    },
    defaultVariants: { variant: "secondary", size: "medium" },
  },
);

export type ButtonProps = ComponentProps<"button"> & VariantProps<typeof buttonStyle> & { busy?: boolean };

// Button is a button of type "button" unless told otherwise. While busy it cannot be pressed again but keeps the
// focus (aria-disabled, not disabled), and a turning mark stands before its text.
export function Button({
  variant,
  size,
  busy,
  className,
  children,
  onClick,
  type = "button",
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      className={cn(buttonStyle({ variant, size }), className)}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (busy) {
          event.preventDefault();
          return;
        }
        onClick?.(event);
      }}
      {...rest}
    >
      {busy && <LoaderCircle className="animate-spin" aria-hidden="true" />}
      {children}
    </button>
  );
}
