// What no page of Laneway may do, whatever a test is about: throw, complain on the console, break the content
// security policy, open a dialog of the browser, or ask any host but its own for anything.
import type { BrowserContext, Page, Request } from "playwright-core";

// Expected is a complaint that belongs to a test or to every page, with the reason why it is right.
export type Expected = { text: RegExp; because: string };

const everywhere: readonly Expected[] = [
  {
    text: /status of 401 .*\/api\/me$/,
    because: "who opens Laneway is asked who they are; the browser logs the answer “nobody”",
  },
];

export class Watch {
  readonly #origin: string;
  readonly #expected: Expected[] = [...everywhere];
  readonly #faults: string[] = [];
  readonly #console: string[] = [];

  private constructor(address: string) {
    this.#origin = new URL(address).origin;
  }

  // over watches all pages of a context, those that are open and those to come.
  static async over(context: BrowserContext, address: string): Promise<Watch> {
    const watch = new Watch(address);
    await context.exposeBinding("lanewayViolation", (_, violation: string) => {
      watch.#fault(`content security policy: ${violation}`);
    });
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        const report = Reflect.get(window, "lanewayViolation") as (violation: string) => void;
        report(`${event.effectiveDirective} forbids ${event.blockedURI} in ${event.sourceFile}`);
      });
    });
    context.on("page", (page) => watch.#follow(page));
    for (const page of context.pages()) watch.#follow(page);
    context.on("request", (request) => watch.#judge(request));
    return watch;
  }

  // expect allows a complaint in this test only.
  expect(text: RegExp, because: string): void {
    this.#expected.push({ text, because });
  }

  // console is what the pages have written, with everything else that was noted.
  get console(): string {
    return this.#console.join("\n");
  }

  // assertClean throws when a page has done what it may not.
  assertClean(): void {
    const faults = this.#faults.filter((fault) => !this.#expected.some(({ text }) => text.test(fault)));
    if (faults.length > 0) throw new Error(`the page misbehaved:\n${faults.join("\n")}`);
  }

  #follow(page: Page): void {
    page.on("pageerror", (error) =>
      this.#fault(`uncaught: ${error.stack || `${error.name} ${error.message}`}`),
    );
    page.on("crash", () => this.#fault("the page crashed"));
    page.on("console", (message) => {
      const line = `console ${message.type()}: ${message.text()} ${message.location().url}`.trim();
      if (message.type() === "error" || message.type() === "warning") this.#fault(line);
      else this.#console.push(line);
    });
    page.on("dialog", (dialog) => {
      this.#fault(`dialog ${dialog.type()}: ${dialog.message()}`);
      void dialog.dismiss().catch(() => {});
    });
  }

  #judge(request: Request): void {
    const url = new URL(request.url());
    const own = url.origin === this.#origin || url.protocol === "data:" || url.protocol === "blob:";
    if (!own && request.url() !== "about:blank") this.#fault(`foreign request: ${request.url()}`);
  }

  #fault(text: string): void {
    this.#faults.push(text);
    this.#console.push(text);
  }
}
