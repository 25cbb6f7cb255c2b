// Debian's Chromium, with nothing that would make it talk to anybody but the server under test.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium } from "playwright-core";

const executablePath = process.env.LANEWAY_CHROMIUM || "/usr/bin/chromium";

const args = [
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A foreign name has no address here. Asking for one is a failure all the same, see watch.ts.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];

export function launchChromium(): Promise<Browser> {
  assertInstalled();
  return chromium.launch({ executablePath, args });
}

// A MortalBrowser is a Chromium that can be killed like a machine that loses its power, and come back with the
// profile that it had.
export class MortalBrowser {
  readonly #profile = mkdtempSync(join(tmpdir(), "laneway-profile-"));
  #process: ChildProcess | null = null;
  #exited: Promise<unknown> = Promise.resolve();

  // start opens the browser and gives its one context, with the cookies and stores of the profile.
  async start(): Promise<BrowserContext> {
    assertInstalled();
    // A killed browser leaves its claim on the profile behind.
    for (const name of ["SingletonLock", "SingletonCookie", "SingletonSocket"]) {
      rmSync(join(this.#profile, name), { force: true });
    }
    const child = spawn(
      executablePath,
      [
        ...args,
        "--headless=new",
        "--remote-debugging-port=0",
        "--no-first-run",
        "--password-store=basic",
        `--user-data-dir=${this.#profile}`,
        "about:blank",
      ],
      { stdio: ["ignore", "ignore", "pipe"], detached: true },
    );
    this.#process = child;
    this.#exited = new Promise((done) => child.once("exit", done));
    const endpoint = await new Promise<string>((done, fail) => {
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => {
        said += chunk.toString();
        const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
        if (address) done(address);
      });
      child.once("exit", () => fail(new Error(`Chromium did not start:\n${said}`)));
    });
    const browser = await chromium.connectOverCDP(endpoint);
    const [context] = browser.contexts();
    if (!context) throw new Error("Chromium has no window");
    return context;
  }

  // kill ends the browser and all of its processes at once, without a chance to write anything.
  async kill(): Promise<void> {
    const pid = this.#process?.pid;
    this.#process = null;
    if (pid === undefined) return;
    // The browser leads a process group of its own.
    process.kill(-pid, "SIGKILL");
    await this.#exited;
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function assertInstalled(): void {
  if (!existsSync(executablePath)) {
    throw new Error(
      `${executablePath} is missing: install the package chromium (Debian, Ubuntu: apt-get install chromium fonts-dejavu-core)`,
    );
  }
}
