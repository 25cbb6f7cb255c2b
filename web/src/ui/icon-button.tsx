import { type ComponentProps, type ReactNode, useState } from "react";
import { cn } from "./cn";
import { Tooltip } from "./tooltip";

type IconButtonProps = Omit<ComponentProps<"button">, "aria-label" | "children"> & {
  // label names the button for screen readers and stands in its tooltip.
  label: string;
  // shortcut is shown in the tooltip beside the label, for example "Ctrl+S".
  shortcut?: string;
  children: ReactNode;
};

// IconButton is a button of one icon. Its name is required: an icon alone says nothing to many.
export function IconButton({
  label,
  shortcut,
  className,
  children,
  type = "button",
  ...rest
}: IconButtonProps) {
  const [held, setHeld] = useState(false);
  return (
    <Tooltip text={label} shortcut={shortcut} suppressed={held}>
      <button
        type={type}
        aria-label={label}
        className={cn(iconButtonStyle, className)}
        onPointerDownCapture={() => setHeld(true)}
        onPointerLeave={() => setHeld(false)}
        {...rest}
      >
        {children}
      </button>
    </Tooltip>
  );
}

export const iconButtonStyle =
  "inline-flex size-8 shrink-0 items-center justify-center rounded-md border border-transparent text-ink transition-colors enabled:hover:bg-hover disabled:opacity-45 aria-pressed:border-line aria-pressed:bg-accent-soft aria-pressed:text-accent data-[state=open]:bg-hover [&_svg]:size-4";
