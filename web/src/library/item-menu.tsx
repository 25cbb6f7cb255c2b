import { Copy, FolderInput, PencilLine, SquareArrowOutUpRight, Trash2 } from "lucide-react";
import { useEffect, useRef } from "react";
import type { DiagramSummary } from "../api/diagram";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "../ui/menu";

// MenuTarget: whose menu is open, where, and what gets the focus back.
export type MenuTarget = { diagram: DiagramSummary; x: number; y: number; returnTo: HTMLElement | null };

type ItemMenuProps = {
  // target is undefined while the menu is closed.
  target: MenuTarget | undefined;
  canWrite: boolean;
  onClose: () => void;
  onOpen: (diagram: DiagramSummary) => void;
  onRename: (diagram: DiagramSummary) => void;
  onDuplicate: (diagram: DiagramSummary) => void;
  onMove: (diagram: DiagramSummary) => void;
  onTrash: (diagram: DiagramSummary) => void;
};

// ItemMenu is the one menu of the whole collection. It stands where it was asked for: below the button of an item, or
// at the pointer. It is mounted all the time, because only so it knows whether it was opened by a key.
export function ItemMenu({ target, canWrite, onClose, ...act }: ItemMenuProps) {
  const chosen = useRef<() => void>(undefined);
  const choose = (run: (diagram: DiagramSummary) => void) => () => {
    if (target) chosen.current = () => run(target.diagram);
  };
  const shown = target !== undefined;
  // In a window of another size the place where it was asked for is somewhere else.
  useEffect(() => {
    if (!shown) return;
    addEventListener("resize", onClose);
    return () => removeEventListener("resize", onClose);
  }, [shown, onClose]);

  return (
    <Menu open={shown} onOpenChange={(open) => !open && onClose()}>
      <MenuTrigger>
        <span
          aria-hidden="true"
          className="pointer-events-none fixed size-0"
          style={{ left: target?.x, top: target?.y }}
        />
      </MenuTrigger>
      {target && (
        <MenuContent
          align="start"
          sideOffset={0}
          aria-label={`Actions for “${target.diagram.title}”`}
          aria-labelledby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            target.returnTo?.focus();
            // Only now: renaming takes the focus for itself, and the menu must not take it away again.
            chosen.current?.();
            chosen.current = undefined;
          }}
        >
          <MenuItem icon={<SquareArrowOutUpRight />} shortcut="Enter" onSelect={choose(act.onOpen)}>
            Open
          </MenuItem>
          {canWrite && (
            <>
              <MenuItem icon={<PencilLine />} shortcut="F2" onSelect={choose(act.onRename)}>
                Rename
              </MenuItem>
              <MenuItem icon={<Copy />} onSelect={choose(act.onDuplicate)}>
                Duplicate
              </MenuItem>
              <MenuItem icon={<FolderInput />} onSelect={choose(act.onMove)}>
                Move to project
              </MenuItem>
              <MenuSeparator />
              <MenuItem icon={<Trash2 />} shortcut="Del" danger onSelect={choose(act.onTrash)}>
                Move to trash
              </MenuItem>
            </>
          )}
        </MenuContent>
      )}
    </Menu>
  );
}
