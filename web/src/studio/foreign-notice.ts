// Puts foreign changes on the canvas and tells the person what they have to know of it: little, and only where it
// touches their own work.
import { notifyDone, notifyError } from "../ui/toaster";
import type { Editing } from "./bpmn-canvas";
import type { Overridden } from "./canvas-sync";
import type { Foreign } from "./edit-ports";

export async function putAndTell(editing: Editing, foreign: Foreign): Promise<"put" | "waiting" | "failed"> {
  try {
    const outcome = await editing.put(foreign);
    if (outcome.kind === "waiting") return "waiting";
    if (outcome.overridden.length > 0) {
      notifyDone({ text: "Also changed by somebody else", detail: overriddenText(outcome.overridden) });
    }
    if (outcome.emptiedSteps > 0)
      notifyDone({ text: "Removed by somebody else", detail: stepsText(outcome.emptiedSteps) });
    return "put";
  } catch (error) {
    notifyError({
      text: "The drawing does not show all that others have changed",
      detail: `Your own work is saved as usual. Load the page again to see theirs. (${String(error)})`,
    });
    return "failed";
  }
}

const fieldWords: Record<string, string> = {
  "": "the element itself",
  name: "name",
  bounds: "place and size",
  waypoint: "course",
  parent: "where it belongs",
  type: "type",
};

// overriddenText names what stays as the person has it, a few of it.
export function overriddenText(overridden: readonly Overridden[]): string {
  const named = overridden.slice(0, 3).map(({ elementId, name, field }) => {
    const word = fieldWords[field] ?? field.replace(/^@/, "");
    return `${word} of ${name || elementId || "the document"}`;
  });
  const more = overridden.length - named.length;
  const list = more > 0 ? [...named, `${more} more`] : named;
  return `${list.join(", ")}. Yours stays as you have it.`;
}

function stepsText(steps: number): string {
  return steps === 1
    ? "One of your steps was about it and can’t be undone any more."
    : `${steps} of your steps were about it and can’t be undone any more.`;
}
