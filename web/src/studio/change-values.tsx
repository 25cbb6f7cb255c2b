// Values side by side, as people read them: words, not XML; in longer texts the words that differ.
import { ArrowRight } from "lucide-react";
import type { ValueWords } from "./change-words";
import { diffWords } from "./word-diff";

// BeforeAfter shows what a field was and what it is.
export function BeforeAfter({ before, after }: { before: ValueWords; after: ValueWords }) {
  const long = before.form === "text" || after.form === "text";
  if (long && before.form !== "none" && after.form !== "none") {
    return <TextDifference before={before.text} after={after.text} />;
  }
  return (
    <span className="wrap-anywhere inline-flex min-w-0 flex-wrap items-center gap-x-1.5">
      <Value value={before} gone />
      <ArrowRight aria-label="became" className="size-3 shrink-0 text-muted" />
      <Value value={after} />
    </span>
  );
}

function Value({ value, gone }: { value: ValueWords; gone?: boolean }) {
  if (value.form === "none") return <span className="text-muted italic">nothing</span>;
  return gone ? (
    <del className="wrap-anywhere whitespace-pre-line">{value.text}</del>
  ) : (
    <span className="wrap-anywhere whitespace-pre-line">{value.text}</span>
  );
}

// TextDifference shows one text with what was taken out and what was put in.
export function TextDifference({ before, after }: { before: string; after: string }) {
  let at = 0;
  return (
    <span className="wrap-anywhere block whitespace-pre-wrap">
      {diffWords(before, after).map(({ change, text }) => {
        const key = `${change}:${at}`;
        at += text.length + 1;
        if (change === "same") return <span key={key}>{text}</span>;
        return change === "added" ? (
          <ins key={key} className="rounded-sm bg-success-soft text-success">
            {text}
          </ins>
        ) : (
          <del key={key} className="rounded-sm bg-danger-soft text-danger">
            {text}
          </del>
        );
      })}
    </span>
  );
}
