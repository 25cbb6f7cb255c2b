import { Fragment } from "react";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { type Chord, chordNames, keyGroups } from "./studio-keys";

type ShortcutsDialogProps = { open: boolean; onOpenChange: (open: boolean) => void; editable: boolean };

// ShortcutsDialog lists the keys that work on this page.
export function ShortcutsDialog({ open, onOpenChange, editable }: ShortcutsDialogProps) {
  const groups = keyGroups
    .map(({ name, bindings }) => ({ name, bindings: bindings.filter(({ reading }) => editable || reading) }))
    .filter(({ bindings }) => bindings.length > 0);
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Keyboard"
      size="medium"
      footer={<Button onClick={() => onOpenChange(false)}>Close</Button>}
    >
      <div className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        {groups.map(({ name, bindings }) => (
          <section key={name}>
            <h3 className="mb-1 font-semibold">{name}</h3>
            <dl>
              {bindings.map(({ does, chords }) => (
                <div key={does} className="flex items-center justify-between gap-4 border-line border-b py-1">
                  <dt className="text-muted">{does}</dt>
                  <dd className="flex items-center gap-1">
                    {chords.map((chord, index) => (
                      <Fragment key={chordNames(chord).join()}>
                        {index > 0 && <span className="text-muted text-xs">or</span>}
                        <Keys chord={chord} />
                      </Fragment>
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

function Keys({ chord }: { chord: Chord }) {
  return chordNames(chord).map((name) => (
    <kbd key={name} className="rounded border border-line bg-app px-1.5 py-0.5 font-sans text-xs">
      {name}
    </kbd>
  ));
}
