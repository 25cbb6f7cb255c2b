// What a rule has decided, layout above all. It waits for nobody, and can be decided otherwise: all layout at once, or
// one by one. The arrow keys lead here behind the conflicts that wait.
import { ChevronRight } from "lucide-react";
import { useState } from "react";
import type { Choice, Conflict } from "../api/draft";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import type { Naming } from "./change-words";
import { ConflictCard, Values } from "./conflict-card";
import {
  chosenIn,
  type Decision,
  type DecisionStep,
  hardOf,
  layoutOf,
  openToChoice,
} from "./conflict-choices";
import { type ConflictGroup, conflictWords, groupTitle } from "./conflict-words";

type DecidedProps = {
  groups: readonly ConflictGroup[];
  decision: Decision;
  naming: Naming;
  // Who stored the other side.
  other: string;
  step: (step: DecisionStep) => void;
};

export function DecidedByRule({ groups, decision, naming, other, step }: DecidedProps) {
  const [unfolded, setUnfolded] = useState(false);
  const atOne = openToChoice(decision.conflicts).some(({ id }) => id === decision.at);
  const open = unfolded || atOne;
  const count = groups.reduce((sum, { conflicts }) => sum + conflicts.length, 0);
  const toggle = () => {
    setUnfolded(!open);
    const [first] = hardOf(decision.conflicts);
    if (open && atOne && first) step({ type: "go", id: first.id });
  };
  return (
    <section aria-label="Decided by rule" className="rounded-md border border-line">
      <div className="flex flex-wrap items-center gap-1.5 px-2 py-1.5">
        <button
          type="button"
          aria-expanded={open}
          className="inline-flex flex-1 items-center gap-1 rounded text-left font-medium"
          onClick={toggle}
        >
          <ChevronRight aria-hidden="true" className={cn("size-4 shrink-0", open && "rotate-90")} />
          {count === 1 ? "One more is" : `${count} more are`} decided already
        </button>
        <AllLayout decision={decision} other={other} step={step} />
      </div>
      {open && (
        <div className="flex flex-col gap-3 border-line border-t p-2">
          {groups.map((group) => (
            <section
              key={group.id}
              aria-label={`${groupTitle(group)}, decided`}
              className="flex flex-col gap-1.5"
            >
              <h3 className="wrap-anywhere font-medium">{groupTitle(group)}</h3>
              {group.conflicts.map((conflict) =>
                conflict.choices.length > 1 ? (
                  <ConflictCard
                    key={conflict.id}
                    conflict={conflict}
                    naming={naming}
                    other={other}
                    choice={chosenIn(decision, conflict)}
                    byRule={!decision.choices[conflict.id]}
                    current={conflict.id === decision.at}
                    onGo={() => step({ type: "go", id: conflict.id })}
                    onChoose={(choice) => {
                      step({ type: "go", id: conflict.id });
                      step({ type: "choose", choice });
                    }}
                  />
                ) : (
                  <Told key={conflict.id} conflict={conflict} naming={naming} other={other} />
                ),
              )}
            </section>
          ))}
        </div>
      )}
    </section>
  );
}

function AllLayout({ decision, other, step }: Pick<DecidedProps, "decision" | "other" | "step">) {
  const layout = layoutOf(decision.conflicts);
  if (layout.length === 0) return null;
  const ids = layout.map(({ id }) => id);
  const taken = (choice: Choice) => ids.every((id) => decision.choices[id] === choice);
  const button = (choice: Choice, name: string, words: string) => (
    <Button
      size="small"
      aria-label={`Take all layout: ${name}`}
      aria-pressed={taken(choice)}
      className="aria-pressed:border-accent aria-pressed:bg-accent-soft"
      onClick={() => step({ type: "all", choice, ids })}
    >
      {words}
    </Button>
  );
  return (
    <span className="inline-flex flex-wrap gap-1.5">
      {button("ours", "mine", "All layout mine")}
      {button(
        "theirs",
        other === "somebody" ? "theirs" : other,
        other === "somebody" ? "All layout theirs" : `All layout of ${other}`,
      )}
    </span>
  );
}

// Told is what leaves nothing to choose.
function Told({ conflict, naming, other }: { conflict: Conflict } & Pick<DecidedProps, "naming" | "other">) {
  return (
    <div className="text-xs">
      <p className="text-muted">{conflictWords(conflict, other)}</p>
      <Values conflict={conflict} naming={naming} other={other} />
      {conflict.chosen && <p className="text-muted">{decidedWords(conflict.chosen, other)}</p>}
    </div>
  );
}

function decidedWords(chosen: Choice, other: string): string {
  switch (chosen) {
    case "ours":
      return "Mine stands.";
    case "theirs":
      return other === "somebody" ? "Theirs stands." : `That of ${other} stands.`;
    case "both":
      return "Both are in it.";
    case "base":
      return "It is as it was.";
  }
}
