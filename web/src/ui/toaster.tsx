import { CircleAlert, CircleCheck, Info } from "lucide-react";
import { Toaster as Sonner, toast } from "sonner";
import type { Theme } from "./theme";

type Toast = {
  // id replaces a toast of the same id instead of adding one.
  id?: string;
  text: string;
  detail?: string;
  action?: { label: string; run: () => void };
  // seconds it stays; 0 = until dismissed. An undo needs 10.
  seconds?: number;
};

// notify, notifyDone and notifyError show a short text at the top centre, in a polite live region.
// An error that asks for a decision belongs into a dialog, and one of a field beside the field.
export function notify(options: Toast): void {
  toast(options.text, sonnerOptions(options));
}

export function notifyDone(options: Toast): void {
  toast.success(options.text, sonnerOptions(options));
}

export function notifyError(options: Toast): void {
  toast.error(options.text, sonnerOptions({ seconds: 10, ...options }));
}

export function dismissToast(id: string): void {
  toast.dismiss(id);
}

function sonnerOptions({ id, detail, action, seconds = 5 }: Toast) {
  return {
    ...(id ? { id } : {}),
    ...(detail ? { description: detail } : {}),
    ...(action ? { action: { label: action.label, onClick: action.run } } : {}),
    duration: seconds === 0 ? Number.POSITIVE_INFINITY : seconds * 1000,
  };
}

// Toaster is mounted once, by the shell. Top centre: elsewhere it would cover the palette or the watermark. Where the
// header has an empty middle it hangs there, so that two toasts still leave a page's own toolbar free.
export function Toaster({ theme }: { theme: Theme }) {
  return (
    <Sonner
      theme={theme}
      position="top-center"
      offset={{ top: 4 }}
      mobileOffset={{ top: 56 }}
      gap={8}
      icons={{
        success: <CircleCheck className="size-4 text-success" aria-hidden="true" />,
        error: <CircleAlert className="size-4 text-danger" aria-hidden="true" />,
        info: <Info className="size-4 text-accent" aria-hidden="true" />,
      }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            "flex w-full items-center gap-3 rounded-md border border-line bg-raised px-3 py-2 text-sm text-ink shadow-pop",
          content: "min-w-0 flex-1",
          title: "font-medium",
          description: "text-muted text-xs",
          actionButton:
            "h-7 shrink-0 rounded border border-line bg-surface px-2 text-xs font-medium text-ink hover:bg-hover",
        },
      }}
    />
  );
}
