// One conflict: what was, what I did, what the other did, and the choices.
import { useEffect, useRef } from "react";
import type { Choice, Conflict } from "../api/draft";
import { cn } from "../ui/cn";
import { TextDifference } from "./change-values";
import { type Naming, type ValueWords, valueWords } from "./change-words";
import { choiceKeys, choiceNames, conflictWords, otherName } from "./conflict-words";

type ConflictCardProps = {
  conflict: Conflict;
  naming: Naming;
  other: string;
  choice: Choice | null;
  // A rule has made that choice, and nobody has made another.
  byRule?: boolean;
  // The keys speak of this conflict.
  current: boolean;
  onGo: () => void;
  onChoose: (choice: Choice) => void;
};

export function ConflictCard(props: ConflictCardProps) {
  const { conflict, naming, other, choice, byRule = false, current, onGo, onChoose } = props;
  const card = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    if (!current) return;
    card.current?.scrollIntoView({ block: "nearest" });
    card.current?.focus({ preventScroll: true });
  }, [current]);

  const words = conflictWords(conflict, other);
  return (
    <fieldset
      ref={card}
      // The keys that choose are heard wherever the focus is in the window; it follows the present conflict.
      tabIndex={current ? 0 : -1}
      aria-current={current || undefined}
      data-conflict={conflict.id}
      className={cn(
        "min-w-0 rounded-md border border-line p-2 focus-visible:-outline-offset-2",
        current && "border-accent bg-accent-soft",
      )}
      onFocus={onGo}
    >
      <legend className="sr-only">
        {words}
        {choice ? `. Chosen${byRule ? " by rule" : ""}: ${choiceNames[choice]}` : ". Not decided"}
      </legend>
      <p aria-hidden="true" className="wrap-anywhere font-medium">
        {words}
      </p>
      <Values conflict={conflict} naming={naming} other={other} />
      <div className="mt-2 flex flex-wrap gap-1">
        {inOrder(conflict.choices).map(({ choice: offered, effect }) => (
          <button
            key={offered}
            type="button"
            tabIndex={current ? 0 : -1}
            aria-pressed={offered === choice}
            title={`This ${effect}`}
            className={cn(
              "inline-flex h-7 items-center gap-1.5 rounded-md border border-line bg-surface px-2 font-medium text-xs enabled:hover:bg-hover",
              byRule
                ? "aria-pressed:border-accent aria-pressed:border-dashed aria-pressed:bg-accent-soft"
                : "aria-pressed:border-transparent aria-pressed:bg-accent aria-pressed:text-on-accent",
            )}
            onClick={() => onChoose(offered)}
          >
            <span aria-hidden="true" className="font-normal">
              {choiceKeys[offered]}
            </span>
            {offered === "theirs" ? otherName(other) : choiceNames[offered]}
          </button>
        ))}
        {byRule && <span className="self-center text-muted text-xs">by rule</span>}
      </div>
      {choice && <Effect conflict={conflict} choice={choice} />}
    </fieldset>
  );
}

// The choices stand in the order of their keys.
function inOrder(choices: Conflict["choices"]): Conflict["choices"] {
  return [...choices].sort((a, b) => choiceKeys[a.choice].localeCompare(choiceKeys[b.choice]));
}

function Effect({ conflict, choice }: { conflict: Conflict; choice: Choice }) {
  const { kind, field } = conflict;
  // The values above say it.
  if (kind === "edit_edit" || (kind === "layout_merged" && field !== "" && choice !== "both")) return null;
  const effect = conflict.choices.find((offered) => offered.choice === choice)?.effect;
  return effect ? <p className="wrap-anywhere mt-1.5 text-muted text-xs">This {effect}.</p> : null;
}

// What is empty on all three sides is a whole element: the words and the choices say everything.
export function Values({
  conflict,
  naming,
  other,
}: Pick<ConflictCardProps, "conflict" | "naming" | "other">) {
  const { field, base, ours, theirs } = conflict;
  const [was, mine, their] = [base, ours, theirs].map((value) => valueWords(field, value, naming));
  if (!was || !mine || !their) return null;
  if (was.form === "none" && mine.form === "none" && their.form === "none") return null;
  return (
    <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-2 gap-y-0.5 text-xs">
      <dt className="text-muted">Original</dt>
      <dd className="min-w-0">
        <Plain value={was} />
      </dd>
      <dt className="text-muted">Mine</dt>
      <dd className="min-w-0">
        <Against base={was} value={mine} />
      </dd>
      <dt className="wrap-anywhere max-w-28 text-muted">{otherName(other)}</dt>
      <dd className="min-w-0">
        <Against base={was} value={their} />
      </dd>
    </dl>
  );
}

function Plain({ value }: { value: ValueWords }) {
  return value.form === "none" ? (
    <span className="text-muted italic">nothing</span>
  ) : (
    <span className="wrap-anywhere whitespace-pre-line">{value.text}</span>
  );
}

// In a long text only the words that differ from the original are of interest.
function Against({ base, value }: { base: ValueWords; value: ValueWords }) {
  if (base.form === "text" && value.form === "text") {
    return <TextDifference before={base.text} after={value.text} />;
  }
  return <Plain value={value} />;
}
