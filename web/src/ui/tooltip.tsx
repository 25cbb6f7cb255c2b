import * as Radix from "radix-ui/tooltip";
import type { ReactNode } from "react";

type TooltipProps = {
  text: string;
  shortcut?: string | undefined;
  side?: "top" | "bottom" | "left" | "right";
  // suppressed keeps it closed, for example after a press that opened something else at the same place.
  suppressed?: boolean;
  children: ReactNode;
};

// Tooltip shows a short text on hover and on keyboard focus. Its child is one element that takes a ref.
// It repeats what the element's accessible name already says and is never the only place of a text.
export function Tooltip({ text, shortcut, side = "bottom", suppressed, children }: TooltipProps) {
  return (
    <Radix.Provider delayDuration={500} skipDelayDuration={200}>
      <Radix.Root {...(suppressed ? { open: false } : {})}>
        <Radix.Trigger asChild>{children}</Radix.Trigger>
        <Radix.Portal>
          <Radix.Content
            side={side}
            sideOffset={6}
            collisionPadding={8}
            className="z-50 flex max-w-72 items-center gap-2 rounded bg-ink px-2 py-1 text-xs text-app"
          >
            {text}
            {shortcut && <kbd className="font-sans opacity-75">{shortcut}</kbd>}
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </Radix.Provider>
  );
}
