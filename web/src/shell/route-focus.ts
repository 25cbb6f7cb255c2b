import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";

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

function inDialog(element: Element | null): boolean {
  return element?.closest("[role='dialog'], [role='alertdialog']") != null;
}
