import { useRef, useState } from "react";
import { Input } from "../ui/input";
import { isPressed, pageKeys, shortcutText } from "./studio-keys";

type TitleFieldProps = { title: string; onRename: (title: string) => void };

const maxLength = 200;

// TitleField shows the title as a button that turns into a field: Enter or leaving it renames, Esc does not.
export function TitleField({ title, onRename }: TitleFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const button = useRef<HTMLButtonElement>(null);

  const finish = (next: string | null) => {
    setDraft(null);
    const trimmed = next?.trim() ?? "";
    if (trimmed !== "" && trimmed !== title) onRename(trimmed);
  };

  if (draft !== null) {
    return (
      <Input
        aria-label="Title"
        autoFocus
        value={draft}
        maxLength={maxLength}
        className="max-w-96 font-semibold"
        onFocus={(event) => event.target.select()}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={() => finish(draft)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== "Escape") return;
          event.preventDefault();
          event.stopPropagation();
          finish(event.key === "Enter" ? draft : null);
          requestAnimationFrame(() => button.current?.focus());
        }}
      />
    );
  }
  return (
    <button
      ref={button}
      type="button"
      title={`${title} (rename: ${shortcutText(pageKeys.rename)})`}
      className="h-8 min-w-0 cursor-text truncate rounded-md px-1.5 hover:bg-hover"
      onClick={() => setDraft(title)}
      onKeyDown={(event) => {
        if (isPressed(event.nativeEvent, pageKeys.rename)) setDraft(title);
      }}
    >
      {title}
    </button>
  );
}
