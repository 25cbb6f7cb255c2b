import { X } from "lucide-react";
import * as Radix from "radix-ui/dialog";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { cn } from "./cn";
import { iconButtonStyle } from "./icon-button";

type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  // description is read out with the title. Leave it out only where the body begins with the same words.
  description?: ReactNode;
  children?: ReactNode;
  // footer holds the buttons, the affirmative one last.
  footer?: ReactNode;
  size?: "small" | "medium" | "large";
  // stays keeps the dialog open on Esc and on a press outside, for choices that must be made.
  stays?: boolean;
};

const widths = { small: "max-w-md", medium: "max-w-xl", large: "max-w-3xl" };

// Dialog is a modal window: focus moves in, is kept inside and goes back to where it was.
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  footer,
  size = "small",
  stays,
}: DialogProps) {
  const hold = stays ? (event: Event) => event.preventDefault() : undefined;
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          className={cn(dialogFrame, widths[size])}
          {...(description ? {} : { "aria-describedby": undefined })}
          {...(hold ? { onEscapeKeyDown: hold, onInteractOutside: hold } : {})}
        >
          <header className="flex items-start border-line border-b py-3 pr-12 pl-4">
            <Radix.Title className="wrap-anywhere min-w-0 flex-1 py-1 font-semibold text-base">
              {title}
            </Radix.Title>
          </header>
          <DialogBody>
            {description && (
              <Radix.Description asChild>
                <div className="text-muted">{description}</div>
              </Radix.Description>
            )}
            {children}
          </DialogBody>
          {footer && <footer className={dialogFooter}>{footer}</footer>}
          {/* Last in the order of Tab, so that the first thing with the focus is one that the dialog is about. */}
          {!stays && (
            // Without a tooltip: that would take the first Esc for itself.
            <Radix.Close aria-label="Close" className={cn(iconButtonStyle, "absolute top-3 right-3")}>
              <X aria-hidden="true" />
            </Radix.Close>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

// DialogBody is a stop of Tab while it is longer than its room: then the arrow keys scroll it.
function DialogBody({ children }: { children: ReactNode }) {
  const body = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);

  useEffect(() => {
    const [outer, inner] = [body.current, content.current];
    if (!outer || !inner) return;
    const observer = new ResizeObserver(() => setScrolls(outer.scrollHeight > outer.clientHeight));
    observer.observe(outer);
    observer.observe(inner);
    return () => observer.disconnect();
  }, []);

  return (
    <div
      ref={body}
      {...(scrolls ? { tabIndex: 0 } : {})}
      className="min-h-0 flex-1 overflow-y-auto px-4 py-4 focus-visible:-outline-offset-2"
    >
      <div ref={content}>{children}</div>
    </div>
  );
}

export const dialogFrame =
  "fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-x-1/2 -translate-y-1/2 flex-col rounded-lg border border-line bg-raised shadow-pop focus:outline-none";

export const dialogFooter = "flex flex-wrap justify-end gap-2 border-line border-t px-4 py-3";
