// isSafeNext tells whether an address from the URL may be gone to after signing in: only a path of this site.
// "//host" and "/\host" are other sites to a browser, and control characters are dropped by it while parsing.
export function isSafeNext(next: unknown): next is string {
  if (typeof next !== "string" || !/^\/(?![/\\])/.test(next)) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not get through
  if (/[\u0000-\u0020\u007f\\]/.test(next)) return false;
  return !/^\/(sign-in|sign-up|forgotten|password-reset)\b/.test(next);
}
