// The list of what differs: one entry for each element, with its fields. It says everything that the marks on the
// sheet say, and more.
import { Undo2 } from "lucide-react";
import { useEffect, useRef } from "react";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import type { ChangeGroup } from "./change-groups";
import { ChangeMark, kindWords } from "./change-mark";
import { BeforeAfter } from "./change-values";
import { typeIcon, typeWords } from "./change-words";

type CompareListProps = {
  groups: readonly ChangeGroup[];
  chosen: string | null;
  onChoose: (id: string) => void;
  // What takes an element back to what it was, where that can be done.
  takeBack: { label: string; busy: string | null; run: (group: ChangeGroup) => void } | null;
};

export function CompareList({ groups, chosen, onChoose, takeBack }: CompareListProps) {
  return (
    <ol aria-label="Changes" className="flex flex-col">
      {groups.map((group) => (
        <Entry
          key={group.id}
          group={group}
          chosen={group.id === chosen}
          onChoose={() => onChoose(group.id)}
          takeBack={takeBack}
        />
      ))}
    </ol>
  );
}

type EntryProps = {
  group: ChangeGroup;
  chosen: boolean;
  onChoose: () => void;
  takeBack: CompareListProps["takeBack"];
};

function Entry({ group, chosen, onChoose, takeBack }: EntryProps) {
  const entry = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (chosen) entry.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);

  const { id, kind, type, name, lines } = group;
  const document = id.startsWith("#");
  return (
    <li
      ref={entry}
      className={cn(
        "border-line border-b border-l-2 border-l-transparent",
        chosen && "border-l-accent bg-accent-soft",
      )}
    >
      <button
        type="button"
        aria-current={chosen || undefined}
        className="flex w-full items-center gap-2 px-3 py-2 text-left enabled:hover:bg-hover focus-visible:-outline-offset-2"
        onClick={onChoose}
      >
        <ChangeMark kind={kind} />
        <span aria-hidden="true" className={cn("shrink-0 text-base text-muted", typeIcon(type))} />
        <span className="min-w-0 flex-1">
          <span className="wrap-anywhere block font-medium">
            <span className="sr-only">{kindWords[kind]}: </span>
            {document ? "The document itself" : name === "" ? typeWords(type) : name}
          </span>
          {!document && (
            <span className="wrap-anywhere block text-muted text-xs">
              {name === "" ? id : typeWords(type)}
            </span>
          )}
        </span>
      </button>
      {lines.length > 0 && (
        <dl className="px-3 pb-2 pl-10 text-xs">
          {lines.map(({ field, before, after }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a change never change, and fields repeat
            <div key={index} className="flex flex-col border-line py-0.5">
              <dt className="text-muted">{field}</dt>
              <dd className="min-w-0">
                <BeforeAfter before={before} after={after} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {chosen && takeBack && !document && (
        <div className="px-3 pb-3 pl-10">
          <Button
            size="small"
            busy={takeBack.busy === id}
            aria-label={`${takeBack.label}: ${name === "" ? typeWords(type) : name}`}
            onClick={() => takeBack.run(group)}
          >
            <Undo2 aria-hidden="true" />
            {takeBack.label}
          </Button>
        </div>
      )}
    </li>
  );
}
