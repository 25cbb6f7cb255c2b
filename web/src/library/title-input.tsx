import { useRef } from "react";
import { Input } from "../ui/input";

type TitleInputProps = {
  title: string;
  onCommit: (title: string) => void;
  // onDone ends the renaming in every case; "keyboard" wants the focus back on the diagram.
  onDone: (by: "keyboard" | "pointer") => void;
};

// TitleInput renames in place: Enter and leaving it keep the text, Esc drops it. An empty title changes nothing.
export function TitleInput({ title, onCommit, onDone }: TitleInputProps) {
  const finished = useRef(false);

  const finish = (text: string | undefined, by: "keyboard" | "pointer") => {
    if (finished.current) return;
    finished.current = true;
    const trimmed = text?.trim();
    if (trimmed && trimmed !== title) onCommit(trimmed);
    onDone(by);
  };

  return (
    <Input
      aria-label={`New title of “${title}”`}
      defaultValue={title}
      maxLength={200}
      autoFocus
      className="relative z-10 h-7 px-1.5"
      onFocus={(event) => event.currentTarget.select()}
      onBlur={(event) => finish(event.currentTarget.value, "pointer")}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.nativeEvent.isComposing) return;
        if (event.key === "Enter") finish(event.currentTarget.value, "keyboard");
        if (event.key === "Escape") finish(undefined, "keyboard");
      }}
    />
  );
}
