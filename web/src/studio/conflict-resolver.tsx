// The window in which somebody settles conflicts: on the left the drawing as it would be stored, on the right what
// two people decided differently. The keyboard alone is enough: arrows, 1 to 4, Enter. Nothing is lost by closing it,
// because the work waits on the server.
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import * as Radix from "radix-ui/dialog";
import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useReducer, useState } from "react";
import { useApi } from "../api/api-context";
import type { SavedDiagram } from "../api/diagram";
import { type Choice, type Conflict, type Dispute, decide as sendDecision } from "../api/draft";
import { describeError } from "../api/problem";
import { meQuery } from "../api/session";
import { versionQuery } from "../api/version";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { IconButton } from "../ui/icon-button";
import { Notice } from "../ui/notice";
import { elementShown } from "./change-groups";
import { namingOf, typeIcon, typeWords } from "./change-words";
import type { Mark } from "./compare-viewer";
import { ConflictCard } from "./conflict-card";
import {
  beginDecision,
  choiceOfKey,
  type Decision,
  type DecisionStep,
  decide,
  forgetChoices,
  hardOf,
  keepChoices,
  keptChoices,
  layoutChoiceOfKey,
  layoutOf,
  openCount,
} from "./conflict-choices";
import { DecidedByRule } from "./conflict-decided";
import { type ConflictGroup, groupConflicts, groupTitle, subjectOf } from "./conflict-words";
import { Outline, outlineOf } from "./document-outline";
import { ResolverDrawing, usePreview } from "./resolver-preview";

type ConflictResolverProps = {
  organizationId: string;
  diagramId: string;
  dispute: Dispute;
  // What is stored now holds the decision.
  onStored: (saved: SavedDiagram) => void;
  onClose: () => void;
  // The other ways: keep mine as a copy, download it, throw it away.
  ways: ReactNode;
  // One of them is under way.
  leaving: boolean;
};

const nothing = new Outline(new Map());

export function ConflictResolver(props: ConflictResolverProps) {
  const { organizationId, diagramId, onStored, onClose, ways, leaving } = props;
  const api = useApi();
  const [dispute, setDispute] = useState(props.dispute);
  const { draftId, currentVersion } = dispute;
  const [decision, step] = useReducer(decide, null, () =>
    beginDecision(dispute.conflicts, keptChoices(draftId)),
  );
  const [storing, setStoring] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [moved, setMoved] = useState(false);

  useEffect(() => keepChoices(draftId, decision.choices), [draftId, decision.choices]);

  const again = (next: Dispute) => {
    setMoved(true);
    setDispute(next);
    step({ type: "renew", conflicts: next.conflicts });
  };
  const preview = usePreview(
    organizationId,
    diagramId,
    dispute,
    decision.choices,
    !storing && !leaving,
    again,
  );
  const head = useQuery(versionQuery(api, organizationId, diagramId, currentVersion));
  const me = useQuery(meQuery(api));
  const other = nameOf(head.data?.author, me.data?.user.id);

  const outlines = useMemo(
    () => [outlineOrNone(preview.bpmnXml), outlineOrNone(head.data?.bpmnXml)] as const,
    [preview.bpmnXml, head.data?.bpmnXml],
  );
  const about = useMemo(
    () => (id: string) => (outlines[0].get(id) ?? outlines[1].get(id))?.about ?? id,
    [outlines],
  );
  const naming = useMemo(() => namingOf(...outlines), [outlines]);
  const hard = useMemo(() => hardOf(decision.conflicts), [decision.conflicts]);
  const groups = useMemo(() => groupConflicts(hard, about, naming), [hard, about, naming]);
  const soft = useMemo(
    () =>
      groupConflicts(
        decision.conflicts.filter((conflict) => conflict.class === "soft"),
        about,
        naming,
      ),
    [decision.conflicts, about, naming],
  );
  const marks = useMemo(() => marksOf(groups, decision), [groups, decision]);
  const present = decision.conflicts.find(({ id }) => id === decision.at);
  const open = openCount(decision);

  const store = async () => {
    if (storing) return;
    setStoring(true);
    setProblem(null);
    try {
      const decided = await sendDecision(api, organizationId, diagramId, {
        draftId,
        currentVersion,
        choices: decision.choices,
      });
      if (decided.kind === "stored") {
        forgetChoices(draftId);
        onStored(decided.saved);
        return;
      }
      again(decided.dispute);
    } catch (error) {
      setProblem(describeError(error));
    }
    setStoring(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const onControl = event.target instanceof Element && event.target.closest("button, a, summary") !== null;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const layout = layoutChoiceOfKey(event);
    const choice = choiceOfKey(event.key);
    if (layout) {
      step({ type: "all", choice: layout, ids: layoutOf(decision.conflicts).map(({ id }) => id) });
    } else if (by === 1 || by === -1) step({ type: "move", by });
    else if (choice) step({ type: "choose", choice });
    else if (event.key === "Enter" && !onControl && open === 0) void store();
    else return;
    event.preventDefault();
  };

  return (
    <Radix.Root open onOpenChange={(stays) => !stays && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-0 z-50 flex flex-col overflow-hidden border-line bg-surface shadow-pop focus:outline-none md:inset-4 md:rounded-lg md:border"
          onKeyDown={onKeyDown}
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            document.querySelector<HTMLElement>("[data-conflict][aria-current]")?.focus();
          }}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <header className="flex shrink-0 items-start gap-2 border-line border-b py-2 pr-12 pl-4">
            <div className="min-w-0 flex-1">
              <Radix.Title className="font-semibold text-base">Both changed the same things</Radix.Title>
              <p className="text-muted">
                Everything else is merged. Decide what is to stay; until then your work is kept on the server
                and the stored diagram stays as it is.
              </p>
            </div>
          </header>
          <div className="flex min-h-0 flex-1 flex-col md:flex-row">
            <ResolverDrawing
              bpmnXml={preview.bpmnXml}
              marks={marks}
              chosen={present ? subjectOf(present, about) : null}
              onPick={(id) => {
                const first = groups.find((group) => group.id === id)?.conflicts[0];
                if (first) step({ type: "go", id: first.id });
              }}
            />
            <aside
              aria-label="Conflicts"
              className="flex h-[56%] min-h-0 shrink-0 flex-col border-line border-t md:h-full md:w-96 md:border-t-0 md:border-l"
            >
              <div className="flex shrink-0 flex-wrap items-center gap-1.5 border-line border-b px-3 py-2">
                <p role="status" className="min-w-24 flex-1 font-medium">
                  {open === 0 ? "All decided" : `${hard.length - open} of ${hard.length} decided`}
                </p>
                <AllButtons conflicts={hard} other={other} of="" step={step} />
              </div>
              <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto p-3">
                {moved && (
                  <Notice tone="info">
                    Somebody saved again. What you had chosen still stands where it could.
                  </Notice>
                )}
                {preview.problem && <Notice tone="warning">{preview.problem}</Notice>}
                {groups.map((group) => (
                  <Group key={group.id} group={group}>
                    {group.conflicts.length > 1 && (
                      <AllButtons
                        conflicts={group.conflicts}
                        other={other}
                        of={`, ${groupTitle(group)}`}
                        step={step}
                      />
                    )}
                    {group.conflicts.map((conflict) => (
                      <ConflictCard
                        key={conflict.id}
                        conflict={conflict}
                        naming={naming}
                        other={other}
                        choice={decision.choices[conflict.id] ?? null}
                        current={conflict.id === decision.at}
                        onGo={() => step({ type: "go", id: conflict.id })}
                        onChoose={(choice) => {
                          step({ type: "go", id: conflict.id });
                          step({ type: "choose", choice });
                        }}
                      />
                    ))}
                  </Group>
                ))}
                {soft.length > 0 && (
                  <DecidedByRule
                    groups={soft}
                    decision={decision}
                    naming={naming}
                    other={other}
                    step={step}
                  />
                )}
              </div>
            </aside>
          </div>
          {problem && (
            <Notice tone="danger" className="shrink-0 rounded-none border-x-0">
              {problem}
            </Notice>
          )}
          <footer className="flex shrink-0 flex-wrap items-center gap-2 border-line border-t px-4 py-2">
            <p className="flex-1 text-muted text-xs max-md:hidden">
              <Key>↑</Key> <Key>↓</Key> next conflict · <Key>1</Key>–<Key>4</Key> or <Key>M</Key> <Key>T</Key>{" "}
              <Key>B</Key> <Key>O</Key> choose · <Key>⇧ M</Key> <Key>⇧ T</Key> all layout · <Key>Enter</Key>{" "}
              store
            </p>
            {ways}
            <Button onClick={onClose}>Decide later</Button>
            <Button variant="primary" busy={storing} disabled={open > 0} onClick={() => void store()}>
              Store the decision
            </Button>
          </footer>
          <Radix.Close asChild>
            <IconButton label="Close, decide later" className="absolute top-2 right-3">
              <X aria-hidden="true" />
            </IconButton>
          </Radix.Close>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function Key({ children }: { children: ReactNode }) {
  return <kbd className="rounded border border-line bg-app px-1 font-sans">{children}</kbd>;
}

function Group({ group, children }: { group: ConflictGroup; children: ReactNode }) {
  return (
    <section aria-label={groupTitle(group)} className="flex flex-col gap-1.5">
      <h3 className="flex items-center gap-2 font-medium">
        <span aria-hidden="true" className={cn("shrink-0 text-base text-muted", typeIcon(group.type))} />
        <span className="wrap-anywhere min-w-0">{groupTitle(group)}</span>
        {group.name !== "" && <span className="text-muted text-xs">{typeWords(group.type)}</span>}
      </h3>
      {children}
    </section>
  );
}

type AllButtonsProps = {
  conflicts: readonly Conflict[];
  other: string;
  // What all of it belongs to, for screen readers.
  of: string;
  step: (step: DecisionStep) => void;
};

function AllButtons({ conflicts, other, of, step }: AllButtonsProps) {
  if (conflicts.length < 2) return null;
  const theirs = other === "somebody" ? "Take all theirs" : `Take all of ${other}`;
  const all = (choice: Choice) => step({ type: "all", choice, ids: conflicts.map(({ id }) => id) });
  return (
    <span className="inline-flex gap-1.5">
      <Button size="small" aria-label={`Take all mine${of}`} onClick={() => all("ours")}>
        Take all mine
      </Button>
      <Button size="small" aria-label={theirs + of} onClick={() => all("theirs")}>
        {theirs}
      </Button>
    </span>
  );
}

function nameOf(
  author: { id: string; displayName: string | null } | undefined,
  me: string | undefined,
): string {
  if (!author) return "somebody";
  return author.id === me ? "the other tab" : (author.displayName ?? "somebody");
}

function outlineOrNone(bpmnXml: string | null | undefined): Outline {
  return bpmnXml ? outlineOf(bpmnXml) : nothing;
}

function marksOf(groups: readonly ConflictGroup[], { choices }: Decision): Mark[] {
  return groups.map(({ id, conflicts }) => ({
    id: elementShown(id) ?? id,
    kind: conflicts.every((conflict) => choices[conflict.id]) ? "changed" : "conflict",
  }));
}
