import { ClipboardPaste, FilePlus2, Upload } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../ui/button";

type EmptyLibraryProps = {
  canWrite: boolean;
  creating: boolean;
  onNew: () => void;
  onImport: () => void;
};

// EmptyLibrary offers the ways to a first diagram.
export function EmptyLibrary({ canWrite, creating, onNew, onImport }: EmptyLibraryProps) {
  if (!canWrite) {
    return (
      <Frame title="No diagrams yet">
        <p className="text-muted">
          Diagrams of this organization will appear here. You may look at them, not add any.
        </p>
      </Frame>
    );
  }
  return (
    <Frame title="No diagrams yet">
      <ul className="grid w-full gap-4 md:grid-cols-3">
        <Way
          icon={<FilePlus2 />}
          title="Start with a blank sheet"
          text="One start event, the rest is up to you."
        >
          <Button variant="primary" onClick={onNew} busy={creating}>
            New diagram
          </Button>
        </Way>
        <Way
          icon={<Upload />}
          title="Bring files along"
          text="Drop .bpmn files anywhere on this page, many at once."
        >
          <Button onClick={onImport}>Choose files</Button>
        </Way>
        <Way
          icon={<ClipboardPaste />}
          title="Paste a document"
          text="BPMN text or a copied file, straight from the clipboard."
        >
          <p className="flex h-8 items-center gap-1">
            <Key>{isApple() ? "⌘" : "Ctrl"}</Key>
            <Key>V</Key>
          </p>
        </Way>
      </ul>
    </Frame>
  );
}

function Frame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="mx-auto flex w-full max-w-4xl flex-1 flex-col items-center justify-center gap-6 py-12">
      <h2 className="font-semibold text-lg">{title}</h2>
      {children}
    </div>
  );
}

type WayProps = { icon: ReactNode; title: string; text: string; children: ReactNode };

function Way({ icon, title, text, children }: WayProps) {
  return (
    <li className="flex flex-col items-start gap-2 rounded-lg border border-line bg-surface p-4 [&>svg]:size-6 [&>svg]:text-accent">
      {icon}
      <h3 className="font-medium">{title}</h3>
      <p className="mb-2 flex-1 text-muted">{text}</p>
      {children}
    </li>
  );
}

function Key({ children }: { children: ReactNode }) {
  return (
    <kbd className="rounded border border-line border-b-2 bg-sunken px-1.5 py-0.5 font-sans text-xs">
      {children}
    </kbd>
  );
}

function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}
