import { type Provider, startAddress } from "../api/session";
import { buttonStyle } from "../ui/button";

type ProviderLinksProps = {
  providers: readonly Provider[];
  next: string | undefined;
  // apart opens the service in a tab of its own, where this page has to stay.
  apart?: boolean;
};

// ProviderLinks are the ways in by other services, below the form of a page to sign in on. Without any it is nothing.
export function ProviderLinks({ providers, next, apart = false }: ProviderLinksProps) {
  if (providers.length === 0) return null;
  return (
    <div className="mt-6 flex flex-col gap-3">
      <div className="flex items-center gap-3 text-muted text-xs">
        <span className="h-px flex-1 bg-line" />
        or
        <span className="h-px flex-1 bg-line" />
      </div>
      {providers.map((provider) => (
        <a
          key={provider.id}
          href={startAddress(provider, next)}
          target={apart ? "_blank" : undefined}
          rel={apart ? "noopener" : undefined}
          className={buttonStyle({ size: "large", className: "min-w-0 shrink hover:bg-hover" })}
        >
          <span className="truncate">
            {apart ? `Sign in with ${provider.name} in another tab` : `Continue with ${provider.name}`}
          </span>
        </a>
      ))}
    </div>
  );
}
