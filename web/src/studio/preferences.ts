// What a person has chosen about the studio's furniture, kept in this browser.
import { useCallback, useState } from "react";

const prefix = "laneway.studio.";

// usePreference keeps one small value under a name. parse gives the default for anything that is not one of its
// values, also for nothing.
export function usePreference<T extends string | number | boolean>(
  name: string,
  parse: (stored: string | null) => T,
): [T, (value: T) => void] {
  const [value, setValue] = useState(() => parse(read(name)));
  const choose = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(prefix + name, String(next));
      } catch {
        // Without storage the choice holds until the page is left.
      }
    },
    [name],
  );
  return [value, choose];
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return null;
  }
}
