import { type ReactNode, useEffect, useRef } from "react";
import { Logo } from "../ui/logo";
import { usePageTitle } from "../ui/page-title";
import { LaneDrawing } from "./lane-drawing";

type AccountFrameProps = { title: string; children: ReactNode; foot: ReactNode };

// AccountFrame is the page around the forms of this folder: the form, and beside it, where there is room, a sheet. When
// what it shows is something else than before, the focus goes to the heading, unless a field has taken it.
export function AccountFrame({ title, children, foot }: AccountFrameProps) {
  usePageTitle(title);
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(title);
  useEffect(() => {
    if (shown.current === title) return;
    shown.current = title;
    if (document.activeElement === document.body) heading.current?.focus();
  }, [title]);
  return (
    <div className="grid min-h-dvh lg:grid-cols-[minmax(28rem,2fr)_3fr]">
      <main className="flex flex-col border-line bg-surface px-6 py-8 lg:border-r">
        <div className="flex items-center gap-2 font-semibold text-base">
          <Logo className="size-6 text-accent" />
          Laneway
        </div>
        <div className="mx-auto my-auto w-full max-w-sm py-10">
          <h1 ref={heading} tabIndex={-1} className="wrap-anywhere mb-6 font-semibold text-2xl">
            {title}
          </h1>
          {children}
          <p className="mt-6 text-muted">{foot}</p>
        </div>
      </main>
      <div className="hidden items-center justify-center overflow-hidden p-12 lg:flex" aria-hidden="true">
        <LaneDrawing />
      </div>
    </div>
  );
}
