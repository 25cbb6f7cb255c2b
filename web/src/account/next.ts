// isSafeNext tells whether an address from the URL may be gone to after signing in: only a path of this site.
// "//host" and "/\host" are other sites to a browser, and control characters are dropped by it while parsing. The server
// has the same rule, SafeNext in identity.go.
export function isSafeNext(next: unknown): next is string {
  if (typeof next !== "string" || next.length > 2000 || !/^\/(?!\/)[!-[\]-~]*$/.test(next)) return false;
  return !/^\/(sign-in|sign-up|forgotten|password-reset|api)(?![^/?#])/.test(next);
}
