import { Copy, PencilLine, SquareArrowOutUpRight, Trash2 } from "lucide-react";
import type { DiagramSummary } from "../api/diagram";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "../ui/menu";

// MenuTarget: whose menu is open, where, and what gets the focus back.
export type MenuTarget = { diagram: DiagramSummary; x: number; y: number; returnTo: HTMLElement | null };

type ItemMenuProps = {
  target: MenuTarget;
  canWrite: boolean;
  onClose: () => void;
  onOpen: () => void;
  onRename: () => void;
  onDuplicate: () => void;
  onTrash: () => void;
};

// ItemMenu is the one menu of the whole collection. It stands where it was asked for: below the button of an item, or
// at the pointer.
export function ItemMenu({ target, canWrite, onClose, ...act }: ItemMenuProps) {
  let chosen: (() => void) | undefined;
  const later = (run: () => void) => () => {
    chosen = run;
  };
  return (
    <Menu open onOpenChange={(open) => !open && onClose()}>
      <MenuTrigger>
        <span
          aria-hidden="true"
          className="pointer-events-none fixed size-0"
          style={{ left: target.x, top: target.y }}
        />
      </MenuTrigger>
      <MenuContent
        align="start"
        sideOffset={0}
        aria-label={`Actions for “${target.diagram.title}”`}
        aria-labelledby={undefined}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          target.returnTo?.focus();
          // Only now: renaming takes the focus for itself, and the menu must not take it away again.
          chosen?.();
        }}
      >
        <MenuItem icon={<SquareArrowOutUpRight />} shortcut="Enter" onSelect={later(act.onOpen)}>
          Open
        </MenuItem>
        {canWrite && (
          <>
            <MenuItem icon={<PencilLine />} shortcut="F2" onSelect={later(act.onRename)}>
              Rename
            </MenuItem>
            <MenuItem icon={<Copy />} onSelect={later(act.onDuplicate)}>
              Duplicate
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon={<Trash2 />} shortcut="Del" danger onSelect={later(act.onTrash)}>
              Move to trash
            </MenuItem>
          </>
        )}
      </MenuContent>
    </Menu>
  );
}
