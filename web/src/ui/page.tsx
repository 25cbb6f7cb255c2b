import type { ReactNode } from "react";
import { HeaderSlot } from "./header-slot";
import { usePageTitle } from "./page-title";

type PageProps = {
  // title is the heading, the last breadcrumb and the name of the tab.
  title: string;
  description?: ReactNode;
  // action stands at the right of the heading, on a narrow screen below: a button or a link.
  action?: ReactNode;
  children: ReactNode;
};

// Page is the frame of pages that are read from top to bottom: lists of people and tokens, the log, settings.
export function Page({ title, description, action, children }: PageProps) {
  usePageTitle(title);
  return (
    <div className="mx-auto flex w-full max-w-4xl flex-1 flex-col gap-6 p-4 sm:px-6">
      <HeaderSlot name="title">
        <span aria-current="page" className="truncate px-1.5 font-medium">
          {title}
        </span>
      </HeaderSlot>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className={action ? "min-w-0 flex-1 basis-72" : "min-w-0"}>
          <h1 tabIndex={-1} className="font-semibold text-xl">
            {title}
          </h1>
          {description && <p className="mt-1 break-words text-muted">{description}</p>}
        </div>
        {action}
      </div>
      {children}
    </div>
  );
}

// Card is one part of such a page, with a heading of its own.
export function Card({
  id,
  title,
  busy,
  children,
}: {
  id: string;
  title: string;
  busy?: boolean;
  children: ReactNode;
}) {
  return (
    <section
      aria-labelledby={id}
      aria-busy={busy}
      className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-4"
    >
      <h2 id={id} className="font-semibold text-base">
        {title}
      </h2>
      {children}
    </section>
  );
}
