// LaneDrawing is an ornament: a sheet with a pool of three lanes. It is not a diagram of anybody.
export function LaneDrawing() {
  const task = "fill-paper stroke-paper-ink";
  const flow = "stroke-paper-ink";
  return (
    <svg
      viewBox="0 0 640 440"
      fill="none"
      strokeWidth="1.5"
      className="w-full max-w-3xl rounded-lg border border-line bg-paper"
      aria-hidden="true"
    >
      <defs>
        <pattern id="sheet-grid" width="16" height="16" patternUnits="userSpaceOnUse">
          <circle cx="1" cy="1" r="0.75" className="fill-paper-line" />
        </pattern>
        <marker
          id="sheet-arrow"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          orient="auto"
        >
          <path d="M0 0l8 4-8 4z" className="fill-paper-ink stroke-none" />
        </marker>
      </defs>
      <rect width="640" height="440" fill="url(#sheet-grid)" />
      <g className="fill-paper stroke-paper-line">
        <rect x="40" y="40" width="560" height="360" fillOpacity="0.6" />
        <path d="M72 40v360M72 160h528M72 280h528" />
      </g>
      <g markerEnd="url(#sheet-arrow)" className={flow}>
        <path d="M132 100h47" markerEnd="url(#sheet-arrow)" />
        <path d="M276 100h42" markerEnd="url(#sheet-arrow)" />
        <path d="M344 126v63" markerEnd="url(#sheet-arrow)" />
        <path d="M370 100h48" markerEnd="url(#sheet-arrow)" />
        <path d="M392 220h30v90" markerEnd="url(#sheet-arrow)" />
        <path d="M466 130v54q0 16 0 126" strokeDasharray="5 4" markerEnd="url(#sheet-arrow)" />
        <path d="M510 340h38" markerEnd="url(#sheet-arrow)" />
      </g>
      <circle cx="116" cy="100" r="16" className={task} />
      <rect x="180" y="70" width="96" height="60" rx="8" className={task} />
      <path d="M344 74l26 26-26 26-26-26z" className={task} />
      <path d="M336 92l16 16m0-16l-16 16" className={flow} strokeWidth="2.5" />
      <rect
        x="419"
        y="70"
        width="96"
        height="60"
        rx="8"
        className="fill-accent-soft stroke-accent dark:fill-[#e5eefb] dark:stroke-[#1d5fc2]"
      />
      <rect x="296" y="190" width="96" height="60" rx="8" className={task} />
      <rect x="414" y="311" width="96" height="60" rx="8" className={task} />
      <circle cx="564" cy="340" r="15" className={task} strokeWidth="3.5" />
    </svg>
  );
}
