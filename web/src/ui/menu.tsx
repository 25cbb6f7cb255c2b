import { Check } from "lucide-react";
import * as Radix from "radix-ui/dropdown-menu";
import { type ComponentProps, cloneElement, type ReactElement, type ReactNode } from "react";
import { cn } from "./cn";

// Menu, MenuTrigger and MenuContent belong together; items go into the content. The trigger's child is a button.
// It is not modal: the page behind stays known to screen readers, and a press outside closes the menu.
export function Menu(props: Omit<ComponentProps<typeof Radix.Root>, "modal">) {
  return <Radix.Root modal={false} {...props} />;
}

export function MenuTrigger({ children }: { children: ReactNode }) {
  return <Radix.Trigger asChild>{children}</Radix.Trigger>;
}

export function MenuContent({ className, children, ...rest }: ComponentProps<typeof Radix.Content>) {
  return (
    <Radix.Portal>
      <Radix.Content
        align="end"
        sideOffset={4}
        collisionPadding={8}
        loop
        className={cn(menuFrame, className)}
        {...rest}
      >
        {children}
      </Radix.Content>
    </Radix.Portal>
  );
}

type MenuItemProps = Omit<ComponentProps<typeof Radix.Item>, "children"> & {
  icon?: ReactNode;
  // shortcut is only shown; who opens the menu binds the key.
  shortcut?: string;
  danger?: boolean;
  children: ReactNode;
};

export function MenuItem({ icon, shortcut, danger, className, children, ...rest }: MenuItemProps) {
  return (
    <Radix.Item className={cn(menuItem, danger && "text-danger", className)} {...rest}>
      <span className="flex size-4 items-center justify-center [&_svg]:size-4" aria-hidden="true">
        {icon}
      </span>
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {shortcut && <kbd className="pl-4 font-sans text-muted text-xs">{shortcut}</kbd>}
    </Radix.Item>
  );
}

type MenuLinkProps = { icon?: ReactNode; link: ReactElement; children: ReactNode };

// MenuLink is an item that leads to an address: link is the element that does, without content.
export function MenuLink({ icon, link, children }: MenuLinkProps) {
  return (
    <Radix.Item asChild className={menuItem}>
      {cloneElement(
        link,
        undefined,
        <span className="flex size-4 items-center justify-center [&_svg]:size-4" aria-hidden="true">
          {icon}
        </span>,
        <span className="min-w-0 flex-1 truncate">{children}</span>,
      )}
    </Radix.Item>
  );
}

export const MenuRadioGroup = Radix.RadioGroup;

export function MenuRadioItem({ className, children, ...rest }: ComponentProps<typeof Radix.RadioItem>) {
  return (
    <Radix.RadioItem className={cn(menuItem, className)} {...rest}>
      <span className="flex size-4 items-center justify-center">
        <Radix.ItemIndicator>
          <Check className="size-4" aria-hidden="true" />
        </Radix.ItemIndicator>
      </span>
      <span className="min-w-0 flex-1 truncate">{children}</span>
    </Radix.RadioItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2 py-1 text-muted text-xs">{children}</Radix.Label>;
}

export function MenuSeparator() {
  return <Radix.Separator className="-mx-1 my-1 h-px bg-line" />;
}

const menuFrame =
  "z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 max-w-80 overflow-y-auto rounded-md border border-line bg-raised p-1 shadow-pop focus:outline-none motion-safe:animate-[appear_80ms_ease-out]";

// A highlighted item has both a ground and a ring: the ground alone is too faint to count as visible focus.
const menuItem =
  "flex h-8 select-none items-center gap-2 rounded px-2 outline-none data-[highlighted]:bg-hover data-[highlighted]:ring-1 data-[highlighted]:ring-accent data-[highlighted]:ring-inset data-[disabled]:opacity-50";
