// invitationSecret takes the secret out of an invitation's link, wherever it was copied from; undefined where there is none.
export function invitationSecret(link: string): string | undefined {
  return /(?:^|\/invitation\/)([\w-]{43})\/?$/.exec(link.trim())?.[1];
}
