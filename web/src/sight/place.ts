// Places of the product by name, for what is told to others about a page: never an address itself, which has ids and
// what people search for in it.

const words = new Set(
  "o diagrams compare members log settings account tokens trash sign-in sign-up forgotten password-reset invitation operator".split(
    " ",
  ),
);

// routeOf is the pattern of an address: known words as they are, everything else as {}.
export function routeOf(pathname: string): string {
  return pathname
    .split("/")
    .map((part) => (part === "" || words.has(part) ? part : "{}"))
    .join("/");
}

export type PageName = "library" | "studio" | "compare" | "organization" | "account" | "operator" | "other";

export function pageOf(pathname: string): PageName {
  switch (routeOf(pathname)) {
    case "/o/{}/diagrams":
    case "/o/{}/trash":
      return "library";
    case "/o/{}/diagrams/{}":
      return "studio";
    case "/o/{}/diagrams/{}/compare":
      return "compare";
    case "/o/{}/members":
    case "/o/{}/log":
    case "/o/{}/settings":
      return "organization";
    case "/o/{}/account":
    case "/o/{}/tokens":
    case "/account":
    case "/forgotten":
    case "/password-reset/{}":
    case "/sign-in":
    case "/sign-up":
    case "/invitation/{}":
      return "account";
    case "/operator":
      return "operator";
    default:
      return "other";
  }
}
