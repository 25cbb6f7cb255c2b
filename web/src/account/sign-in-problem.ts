// What went wrong at another service, in words for whoever comes from there. The server says it with one word, because
// what stands in an address can be written by anybody.
const sentences: Record<string, string> = {
  flow: "That took too long, or it was begun in another window or browser. Try again.",
  state: "That sign-in was begun in another window or browser. Try again here.",
  session: "You are signed in as somebody else than when you began. Nothing was linked.",
  denied: "You did not agree to sign in there, or the service did not let you.",
  provider_failed: "The service could not sign you in. Try again, or ask whoever runs it.",
  provider_unreachable: "The service does not answer as it should. Try again in a moment.",
  unknown_provider: "This server has no such service to sign in with.",
  sign_up_closed:
    "You have no account here, and this server takes no new ones. Ask whoever runs it, or sign in with your password.",
  sign_up_invited:
    "You have no account here, and this server takes new ones by invitation only. Open the link of your invitation, or sign in with your password.",
  identity_taken: "Another account here signs in with that already. Unlink it there first.",
  too_many: "Your account is linked as often as it can be. Unlink one first.",
  invitation_accepted: "The invitation was used already; each is for one person. Nobody was signed in.",
  invitation_revoked: "The invitation was withdrawn. Nobody was signed in.",
  invitation_expired: "The invitation has expired. Nobody was signed in; ask for a new one.",
  invitation_unknown: "There is no such invitation. Nobody was signed in; look at its link again.",
  invitation_organization_deleted: "The organization of the invitation was deleted. Nobody was signed in.",
  expired:
    "The service’s answer has expired. Try again; if it stays so, the clocks of the two servers differ.",
  not_yet: "The service’s answer is not good yet: the clocks of the two servers differ. Ask your operator.",
  https_required:
    "Signing in needs HTTPS, except on the machine itself. Ask your operator for the right address.",
  rate_limited: "Too many tries. Wait a minute and try again.",
  unavailable: "The server can’t reach its database at the moment. Try again in a few seconds.",
  internal: "Something went wrong on the server. Try again; if it stays so, tell your operator.",
};

// Whatever else the server refuses about an answer: a person can do nothing about it, an operator reads it in the log.
const refused =
  "The service’s answer could not be accepted, so nobody was signed in. Try again, or ask your operator.";

export function signInProblem(code: string): string {
  return Object.hasOwn(sentences, code) ? (sentences[code] ?? refused) : refused;
}
