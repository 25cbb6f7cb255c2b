import { CircleAlert, Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "./cn";

const tones = {
  info: { className: "bg-accent-soft", icon: <Info className="text-accent" aria-hidden="true" /> },
  warning: {
    className: "bg-warning-soft",
    icon: <TriangleAlert className="text-warning" aria-hidden="true" />,
  },
  danger: { className: "bg-danger-soft", icon: <CircleAlert className="text-danger" aria-hidden="true" /> },
};

type NoticeProps = {
  tone: keyof typeof tones;
  children: ReactNode;
  // action stands at the right, on a narrow screen below: a button or a link.
  action?: ReactNode;
  className?: string;
};

// Notice is a text that stays in the page until its reason is gone. A danger notice is read out at once.
export function Notice({ tone, children, action, className }: NoticeProps) {
  const { icon, className: ground } = tones[tone];
  return (
    <div
      role={tone === "danger" ? "alert" : "status"}
      className={cn(
        "flex flex-wrap items-center justify-end gap-x-3 gap-y-2 rounded-md border border-line px-3 py-2",
        ground,
        className,
      )}
    >
      <div className="flex min-w-0 flex-1 basis-64 items-center gap-3 [&>svg]:size-4 [&>svg]:shrink-0">
        {icon}
        <div className="min-w-0 flex-1">{children}</div>
      </div>
      {action}
    </div>
  );
}
