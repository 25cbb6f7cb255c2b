import { useState } from "react";

export type ViewMode = "grid" | "list";

const key = "laneway.library.view";

// useViewMode is grid or list, as one chose it last in this browser.
export function useViewMode(): [ViewMode, (mode: ViewMode) => void] {
  const [mode, setMode] = useState(read);
  const choose = (next: ViewMode) => {
    setMode(next);
    try {
      localStorage.setItem(key, next);
    } catch {
      // Without storage the choice holds until the page is left.
    }
  };
  return [mode, choose];
}

function read(): ViewMode {
  try {
    return localStorage.getItem(key) === "list" ? "list" : "grid";
  } catch {
    return "grid";
  }
}
