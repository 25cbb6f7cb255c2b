// Logo is the mark alone; the name beside it is text.
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" fill="none" className={className} aria-hidden="true">
      <path d="M2 7h20M2 17h20" stroke="currentColor" strokeOpacity="0.4" strokeWidth="1.5" />
      <circle cx="6" cy="12" r="2.6" stroke="currentColor" strokeWidth="1.8" />
      <path d="M8.6 12H13" stroke="currentColor" strokeWidth="1.8" />
      <rect x="13.4" y="9.2" width="7.4" height="5.6" rx="1.2" fill="currentColor" />
    </svg>
  );
}
