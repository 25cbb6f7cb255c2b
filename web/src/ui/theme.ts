import { useSyncExternalStore } from "react";

// Theme is what one chose; "system" follows the operating system. public/theme.js reads the same key before the
// first paint.
export type Theme = "system" | "light" | "dark";

const key = "laneway.theme";
const changed = "laneway-theme";

export function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(key);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system";
  }
}

// chooseTheme stores the choice, shows it and tells every useTheme, in other tabs too.
export function chooseTheme(theme: Theme): void {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Without storage the choice holds until the page is left.
  }
  applyTheme(theme);
  dispatchEvent(new Event(changed));
}

// useTheme gives the present choice and keeps the page in step with it and with the operating system.
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, readTheme);
}

function subscribe(notify: () => void): () => void {
  const media = matchMedia("(prefers-color-scheme: dark)");
  const update = () => {
    applyTheme(readTheme());
    notify();
  };
  addEventListener(changed, notify);
  addEventListener("storage", update);
  media.addEventListener("change", update);
  return () => {
    removeEventListener(changed, notify);
    removeEventListener("storage", update);
    media.removeEventListener("change", update);
  };
}

function applyTheme(theme: Theme): void {
  const dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}
