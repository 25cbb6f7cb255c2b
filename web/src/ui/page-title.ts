import { useEffect } from "react";

// usePageTitle names the page in the tab and in the history.
export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Laneway`;
  }, [title]);
}
