import { useState } from "react";
import type { DiagramSummary } from "../api/diagram";
import { thumbnailAddress } from "../api/diagram";
import { cn } from "../ui/cn";

type ThumbnailProps = { diagram: DiagramSummary; organizationId: string; className?: string };

// Thumbnail is the picture of a diagram on paper, as large as the paper but never larger than life; where there is none
// to be had, an empty sheet with a plain mark. It is decoration: the title beside it names the diagram.
export function Thumbnail({ diagram, organizationId, className }: ThumbnailProps) {
  const address = thumbnailAddress(diagram, organizationId);
  const [failed, setFailed] = useState<string | null>(null);
  return (
    <div
      className={cn(
        "flex items-center justify-center overflow-hidden bg-paper dark:brightness-90",
        className,
      )}
    >
      {address === null || address === failed ? (
        <EmptySheet />
      ) : (
        <img
          src={address}
          alt=""
          loading="lazy"
          decoding="async"
          onError={() => setFailed(address)}
          className="max-h-full max-w-full p-[4%]"
        />
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
