// Which diagram was opened last from an organization's library: on the way back it gets the focus again. It lives in
// the tab only.
const key = (organizationId: string) => `laneway.opened.${organizationId}`;

export function rememberOpened(organizationId: string, diagramId: string): void {
  try {
    sessionStorage.setItem(key(organizationId), diagramId);
  } catch {
    // Then the way back begins at the heading.
  }
}

export function readOpened(organizationId: string): string | undefined {
  try {
    return sessionStorage.getItem(key(organizationId)) ?? undefined;
  } catch {
    return undefined;
  }
}

export function forgetOpened(organizationId: string): void {
  try {
    sessionStorage.removeItem(key(organizationId));
  } catch {
    // Nothing was stored either.
  }
}
