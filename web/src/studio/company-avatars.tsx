import { useSyncExternalStore } from "react";
import { Tooltip } from "../ui/tooltip";
import type { Company } from "./company";

const shown = 4;

// CompanyAvatars shows who else has the diagram open, each in the colour of their selection on the sheet.
export function CompanyAvatars({ company }: { company: Company }) {
  const others = useSyncExternalStore(company.subscribe, company.others);
  if (others.length === 0) return null;
  const more = others.slice(shown);
  return (
    <ul aria-label="Also here" className="flex items-center gap-1 pr-1">
      {others.slice(0, shown).map(({ userId, displayName, colour }) => (
        <li key={userId}>
          <Avatar
            name={displayName}
            text={initialsOf(displayName)}
            className={`laneway-person-${colour % 8}`}
          />
        </li>
      ))}
      {more.length > 0 && (
        <li>
          <Avatar
            name={more.map(({ displayName }) => displayName).join(", ")}
            text={`+${more.length}`}
            className="laneway-person-more"
          />
        </li>
      )}
    </ul>
  );
}

function Avatar({ name, text, className }: { name: string; text: string; className: string }) {
  return (
    <Tooltip text={name}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the name is to be had by key, too */}
      <span role="img" aria-label={name} tabIndex={0} className={`laneway-person ${className}`}>
        {text}
      </span>
    </Tooltip>
  );
}

function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return (
    letters
      .map((word) => Array.from(word ?? "")[0] ?? "")
      .join("")
      .toUpperCase() || "?"
  );
}
