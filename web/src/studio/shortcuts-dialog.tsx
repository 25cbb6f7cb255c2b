import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

type ShortcutsDialogProps = { open: boolean; onOpenChange: (open: boolean) => void; editable: boolean };

type Shortcut = { keys: readonly string[]; does: string };
type Group = { name: string; editing: boolean; shortcuts: readonly Shortcut[] };

const groups: readonly Group[] = [
  {
    name: "Document",
    editing: true,
    shortcuts: [
      { keys: ["Ctrl", "S"], does: "Save now" },
      { keys: ["Ctrl", "Z"], does: "Undo" },
      { keys: ["Ctrl", "Y"], does: "Redo (also Ctrl+Shift+Z)" },
      { keys: ["F2"], does: "Rename, on the title" },
      { keys: ["?"], does: "This list" },
    ],
  },
  {
    name: "View",
    editing: false,
    shortcuts: [
      { keys: ["Ctrl", "+"], does: "Zoom in" },
      { keys: ["Ctrl", "−"], does: "Zoom out" },
      { keys: ["Ctrl", "0"], does: "Natural size" },
      { keys: ["Ctrl", "Arrows"], does: "Move the view" },
      { keys: ["Ctrl", "F"], does: "Find an element" },
    ],
  },
  {
    name: "Draw, while the sheet has the focus",
    editing: true,
    shortcuts: [
      { keys: ["N"], does: "Create an element" },
      { keys: ["A"], does: "Append an element" },
      { keys: ["R"], does: "Change the kind of an element" },
      { keys: ["E"], does: "Edit the label" },
      { keys: ["C"], does: "Connect" },
      { keys: ["H"], does: "Hand" },
      { keys: ["L"], does: "Lasso" },
      { keys: ["S"], does: "Make or remove room" },
    ],
  },
  {
    name: "Selection",
    editing: true,
    shortcuts: [
      { keys: ["Arrows"], does: "Move (with Shift: further)" },
      { keys: ["Ctrl", "A"], does: "Select all" },
      { keys: ["Ctrl", "C"], does: "Copy" },
      { keys: ["Ctrl", "X"], does: "Cut" },
      { keys: ["Ctrl", "V"], does: "Paste" },
      { keys: ["Ctrl", "D"], does: "Duplicate" },
      { keys: ["Del"], does: "Remove" },
    ],
  },
];

// ShortcutsDialog lists the keys that work on this page, with the names that the keyboard in hand has for them.
export function ShortcutsDialog({ open, onOpenChange, editable }: ShortcutsDialogProps) {
  const mac = /Mac|iP(?:hone|ad)/.test(navigator.userAgent);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Keyboard"
      size="medium"
      footer={<Button onClick={() => onOpenChange(false)}>Close</Button>}
    >
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        {groups
          .filter(({ editing }) => editable || !editing)
          .map(({ name, shortcuts }) => (
            <section key={name}>
              <h3 className="mb-1 font-semibold">{name}</h3>
              <dl>
                {shortcuts.map(({ keys, does }) => (
                  <div
                    key={does}
                    className="flex items-center justify-between gap-4 border-line border-b py-1"
                  >
                    <dt className="text-muted">{does}</dt>
                    <dd className="flex gap-1">
                      {keys.map((key) => (
                        <kbd
                          key={key}
                          className="rounded border border-line bg-app px-1.5 py-0.5 font-sans text-xs"
                        >
                          {mac && key === "Ctrl" ? "⌘" : key}
                        </kbd>
                      ))}
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
      </div>
    </Dialog>
  );
}
