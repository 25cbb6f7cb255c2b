import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef } from "react";

// useRouteFocus moves the focus after a change of page, as a page load would: to the heading, else to the content.
// It leaves it alone where the new page has already put it, for example into its first field.
export function useRouteFocus(): void {
  const router = useRouter();
  useEffect(
    () =>
      router.subscribe("onRendered", ({ fromLocation, pathChanged }) => {
        if (!fromLocation || !pathChanged) return;
        const main = document.querySelector("main");
        if (!main || main.contains(document.activeElement) || inDialog(document.activeElement)) return;
        const target = main.querySelector<HTMLElement>("h1[tabindex='-1']") ?? main;
        target.focus({ preventScroll: true });
      }),
    [router],
  );
}

// useSwapFocus does the same where another page takes the place of one without a change of the address: which says what
// stands there. A page that is still being loaded is waited for, unless the focus is put somewhere meanwhile.
export function useSwapFocus(which: string): void {
  const before = useRef(which);
  useEffect(() => {
    if (before.current === which) return;
    before.current = which;
    const settle = () => {
      if (document.activeElement === document.body)
        document.querySelector<HTMLElement>("main h1[tabindex='-1']")?.focus({ preventScroll: true });
      if (document.activeElement !== document.body) observer.disconnect();
    };
    const observer = new MutationObserver(settle);
    observer.observe(document.body, { childList: true, subtree: true });
    settle();
    return () => observer.disconnect();
  }, [which]);
}

function inDialog(element: Element | null): boolean {
  return element?.closest("[role='dialog'], [role='alertdialog']") != null;
}
