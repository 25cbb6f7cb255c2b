import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { createPortal } from "react-dom";

// The header belongs to the shell, but a page may put its own things into it: its title as the last breadcrumb
// ("title"), what lies between that and the diagrams ("project"), and its status and buttons at the right ("actions"). Outside a shell nothing is shown.
type SlotName = "title" | "project" | "actions";
type Slots = {
  elements: Record<SlotName, HTMLElement | null>;
  set: (name: SlotName, element: HTMLElement | null) => void;
};

const HeaderSlots = createContext<Slots | null>(null);

// HeaderSlotProvider surrounds both the header and the pages; the shell mounts it.
export function HeaderSlotProvider({ children }: { children: ReactNode }) {
  const [elements, setElements] = useState<Slots["elements"]>({ title: null, project: null, actions: null });
  // The same function for good: it is part of the outlets' refs, and a new ref would set the element anew.
  const set = useCallback<Slots["set"]>((name, element) => {
    setElements((old) => (old[name] === element ? old : { ...old, [name]: element }));
  }, []);
  const value = useMemo<Slots>(() => ({ elements, set }), [elements, set]);
  return <HeaderSlots value={value}>{children}</HeaderSlots>;
}

// HeaderOutlet is the place in the header where a slot's content appears.
export function HeaderOutlet({ name, className }: { name: SlotName; className?: string }) {
  const slots = useContext(HeaderSlots);
  const set = slots?.set;
  const ref = useCallback((element: HTMLElement | null) => set?.(name, element), [set, name]);
  return <div ref={ref} data-outlet={name} className={className} />;
}

// HeaderSlot renders its children into the header while it is mounted.
export function HeaderSlot({ name, children }: { name: SlotName; children: ReactNode }) {
  const element = useContext(HeaderSlots)?.elements[name];
  return element ? createPortal(children, element) : null;
}
