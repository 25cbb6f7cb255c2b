// The decisions of somebody who settles conflicts: what is chosen, which conflict is next. Hard conflicts wait for a
// choice; soft ones, such as layout, have been decided by a rule and can be decided otherwise.
import type { Choice, Conflict } from "../api/draft";

export type Choices = Readonly<Record<string, Choice>>;

export type Decision = {
  conflicts: readonly Conflict[];
  choices: Choices;
  // The conflict that the keys speak of.
  at: string | null;
};

export type DecisionStep =
  | { type: "choose"; choice: Choice }
  | { type: "go"; id: string }
  | { type: "move"; by: 1 | -1 }
  // One choice for several conflicts, as far as they offer it.
  | { type: "all"; choice: Choice; ids: readonly string[] }
  // The diagram has moved on: other conflicts may wait now.
  | { type: "renew"; conflicts: readonly Conflict[] };

// beginDecision starts with what was chosen before, as far as it still can be.
export function beginDecision(conflicts: readonly Conflict[], before: Choices): Decision {
  const choices: Record<string, Choice> = {};
  for (const conflict of conflicts) {
    // What is chosen in a soft one may be the rule's.
    const told = conflict.class === "hard" ? conflict.chosen : null;
    const choice = told ?? before[conflict.id];
    if (choice && offers(conflict, choice)) choices[conflict.id] = choice;
  }
  const first = hardOf(conflicts).find(({ id }) => !choices[id]) ?? hardOf(conflicts)[0];
  return { conflicts, choices, at: first?.id ?? null };
}

export function decide(decision: Decision, step: DecisionStep): Decision {
  const { conflicts, choices, at } = decision;
  const hard = hardOf(conflicts);
  const list = [...hard, ...openToChoice(conflicts)];
  switch (step.type) {
    case "choose": {
      const conflict = list.find(({ id }) => id === at);
      if (!conflict || !offers(conflict, step.choice)) return decision;
      const next = { ...choices, [conflict.id]: step.choice };
      const stays = conflict.class === "soft";
      return { conflicts, choices: next, at: stays ? conflict.id : nextOpen(hard, next, conflict.id) };
    }
    case "go":
      return list.some(({ id }) => id === step.id) ? { ...decision, at: step.id } : decision;
    case "move": {
      const place = list.findIndex(({ id }) => id === at) + step.by;
      const conflict = list[Math.min(Math.max(place, 0), list.length - 1)];
      return conflict ? { ...decision, at: conflict.id } : decision;
    }
    case "all": {
      const next: Record<string, Choice> = { ...choices };
      for (const conflict of list) {
        if (step.ids.includes(conflict.id) && offers(conflict, step.choice)) next[conflict.id] = step.choice;
      }
      const moves = hard.some(({ id }) => step.ids.includes(id)) && (at === null || next[at]);
      const still = moves ? nextOpen(hard, next, at ?? "") : at;
      return { conflicts, choices: next, at: still };
    }
    case "renew":
      return beginDecision(step.conflicts, choices);
  }
}

// nextOpen is the next conflict without a choice behind one, from the top again at the end; itself when all have one.
function nextOpen(hard: readonly Conflict[], choices: Choices, from: string): string | null {
  const place = hard.findIndex(({ id }) => id === from);
  const around = [...hard.slice(place + 1), ...hard.slice(0, Math.max(place, 0))];
  return around.find(({ id }) => !choices[id])?.id ?? hard[place]?.id ?? hard[0]?.id ?? null;
}

export function hardOf(conflicts: readonly Conflict[]): Conflict[] {
  return conflicts.filter((conflict) => conflict.class === "hard");
}

// openToChoice gives the soft conflicts that can be decided otherwise than the rule did.
export function openToChoice(conflicts: readonly Conflict[]): Conflict[] {
  return conflicts.filter(({ class: kind, choices }) => kind === "soft" && choices.length > 1);
}

// layoutOf gives the conflicts in which two drawings of one thing compete. What was fitted to both stays fitted, and
// what one side removed is no question of layout alone.
export function layoutOf(conflicts: readonly Conflict[]): Conflict[] {
  return openToChoice(conflicts).filter(
    (conflict) => conflict.kind === "layout_merged" && conflict.field !== "" && !offers(conflict, "both"),
  );
}

// chosenIn is what stands in a conflict: the person's choice, or what a rule has chosen.
export function chosenIn({ choices }: Decision, conflict: Conflict): Choice | null {
  return choices[conflict.id] ?? (conflict.class === "soft" ? conflict.chosen : null);
}

export function openCount({ conflicts, choices }: Decision): number {
  return hardOf(conflicts).filter(({ id }) => !choices[id]).length;
}

export function offers({ choices }: Conflict, choice: Choice): boolean {
  return choices.some((offered) => offered.choice === choice);
}

const keys: Record<string, Choice> = {
  "1": "ours",
  "2": "theirs",
  "3": "both",
  "4": "base",
  m: "ours",
  t: "theirs",
  b: "both",
  o: "base",
};

// choiceOfKey: 1 to 4, or the first letter of mine, theirs, both and original.
export function choiceOfKey(key: string): Choice | null {
  return keys[key.toLowerCase()] ?? null;
}

// layoutChoiceOfKey: with Shift, M and T take all layout.
export function layoutChoiceOfKey({ key, shiftKey }: { key: string; shiftKey: boolean }): Choice | null {
  if (!shiftKey) return null;
  return { m: "ours" as const, t: "theirs" as const }[key.toLowerCase()] ?? null;
}

const prefix = "laneway.conflicts.";

// The choices made so far outlive a reload of the tab; the work itself lies on the server.
export function keepChoices(draftId: string, choices: Choices): void {
  try {
    sessionStorage.setItem(prefix + draftId, JSON.stringify(choices));
  } catch {
    // Without storage they have to be made again.
  }
}

export function keptChoices(draftId: string): Choices {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(prefix + draftId) ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    const choices = Object.values(keys);
    return Object.fromEntries(
      Object.entries(kept).filter((entry): entry is [string, Choice] => choices.includes(entry[1] as Choice)),
    );
  } catch {
    return {};
  }
}

export function forgetChoices(draftId: string): void {
  try {
    sessionStorage.removeItem(prefix + draftId);
  } catch {
    // Nothing was kept.
  }
}
