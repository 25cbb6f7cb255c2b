import { cn } from "../ui/cn";

// Thumbnail is the picture of a diagram on paper; without one, an empty sheet with a plain mark. It is decoration:
// the title beside it names the diagram.
export function Thumbnail({ url, className }: { url: string | null; className?: string }) {
  return (
    <div
      className={cn(
        "flex items-center justify-center overflow-hidden bg-paper dark:brightness-90",
        className,
      )}
    >
      {url === null ? (
        <EmptySheet />
      ) : (
        <img src={url} alt="" loading="lazy" decoding="async" className="size-full object-contain p-2" />
      )}
    </div>
  );
}

function EmptySheet() {
  return (
    <svg viewBox="0 0 160 90" fill="none" className="size-full" aria-hidden="true">
      <g className="stroke-paper-line">
        <path d="M0 22.5h160M0 45h160M0 67.5h160M32 0v90M64 0v90M96 0v90M128 0v90" strokeWidth="0.5" />
      </g>
      <g className="stroke-paper-ink" strokeWidth="1.25" opacity="0.75" transform="translate(5 0)">
        <circle cx="38" cy="45" r="6" className="fill-paper" />
        <path d="M44 45h14M88 45h12" />
        <rect x="58" y="35" width="30" height="20" rx="3" className="fill-paper" />
        <circle cx="106" cy="45" r="6" strokeWidth="2.25" className="fill-paper" />
      </g>
    </svg>
  );
}
