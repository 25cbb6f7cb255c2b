// A LanewayServer is the built program with a data folder of its own, started and stopped the way an operator does
// it: by command line and signals, nothing else.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const program = resolve(
  import.meta.dirname,
  "..",
  process.env.LANEWAY_BIN || resolve(import.meta.dirname, "../../bin/laneway"),
);
const startDeadline = 60_000;
const stopDeadline = 40_000;

export class LanewayServer {
  readonly #folder: string;
  readonly #settings: readonly string[];
  readonly #log: string[] = [];
  #process: ChildProcess | null = null;
  #exited: Promise<number | null> = Promise.resolve(null);
  #address = "";

  private constructor(folder: string, settings: readonly string[]) {
    this.#folder = folder;
    this.#settings = settings;
  }

  // start gives a server that answers. With a mail server it sends its mail there, with links to itself. Settings are
  // flags beside those that every test has.
  static async start(mail?: { url: string }, settings: readonly string[] = []): Promise<LanewayServer> {
    if (!existsSync(program)) throw new Error(`${program} is missing: \`make build\` makes it`);
    const folder = mkdtempSync(join(tmpdir(), "laneway-browser-"));
    // Postgres never runs as root; whoever it runs as has to get past this folder.
    chmodSync(folder, 0o711);
    if (!mail) {
      const server = new LanewayServer(folder, settings);
      await server.#run("127.0.0.1:0");
      return server;
    }
    // Links carry the address, so it has to be known before.
    const port = await freePort();
    const publicUrl = `http://127.0.0.1:${port}`;
    const server = new LanewayServer(folder, [
      ...["--public-url", publicUrl, "--smtp-url", mail.url],
      ...["--smtp-from", "Laneway <laneway@laneway.test>"],
      ...settings,
    ]);
    await server.#run(`127.0.0.1:${port}`);
    return server;
  }

  // address is where people would type it, without a slash at its end.
  get address(): string {
    return this.#address;
  }

  // log is everything the server has written so far.
  get log(): string {
    return this.#log.join("");
  }

  // stop sends SIGTERM and waits until the server and its Postgres are gone.
  async stop(): Promise<void> {
    const child = this.#process;
    if (!child) return;
    this.#process = null;
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), stopDeadline);
    const code = await this.#exited;
    clearTimeout(late);
    if (code !== 0) throw new Error(`the server ended with ${code} after SIGTERM:\n${this.log}`);
  }

  // startAgain serves the same data at the same address as before.
  async startAgain(): Promise<void> {
    await this.#run(`127.0.0.1:${new URL(this.#address).port}`);
  }

  // holdDatabase stops its Postgres where it is, without a word to anybody: nothing is answered, nothing refused. What
  // it gives lets Postgres go on.
  holdDatabase(): () => void {
    const postmaster = Number.parseInt(
      readFileSync(join(this.#data, "postgres", "postmaster.pid"), "utf8"),
      10,
    );
    // The postmaster first, so that it makes no more of them.
    process.kill(postmaster, "SIGSTOP");
    const held = [postmaster, ...childrenOf(postmaster)];
    for (const pid of held) process.kill(pid, "SIGSTOP");
    return () => {
      for (const pid of held) process.kill(pid, "SIGCONT");
    };
  }

  // dispose stops the server and removes its data.
  async dispose(): Promise<void> {
    try {
      await this.stop();
    } finally {
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  // setPlan is what an operator does when an organization needs more room.
  async setPlan(organizationId: string, plan: "free" | "pro" | "enterprise"): Promise<void> {
    await this.admin("org", "set-plan", organizationId, plan);
  }

  // admin runs a command of the operator, and gives what it prints.
  async admin(...command: string[]): Promise<string> {
    const args = ["admin", ...command, "--data-dir", this.#data, "--public-url", this.#address];
    return (await promisify(execFile)(program, args, { env: environment() })).stdout;
  }

  get #data(): string {
    return join(this.#folder, "data");
  }

  async #run(listen: string): Promise<void> {
    // One machine plays many people, faster than any of them.
    const limits = "sign-in=1000,read=10000,write=10000,live=10000";
    const command = [
      "serve",
      "--listen",
      listen,
      "--data-dir",
      this.#data,
      "--rate-limits",
      limits,
      ...this.#settings,
    ];
    const child = spawn(program, command, {
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    this.#exited = new Promise((done) => child.once("exit", done));
    let greeting = "";
    const ready = new Promise<string>((done) => {
      child.stdout.on("data", (chunk: Buffer) => {
        this.#log.push(chunk.toString());
        greeting += chunk.toString();
        const address = /Laneway is at (\S+)/.exec(greeting)?.[1];
        if (address) done(address);
      });
    });
    child.stderr.on("data", (chunk: Buffer) => this.#log.push(chunk.toString()));
    const failed = this.#exited.then((code) => {
      throw new Error(`the server ended with ${code} before it served:\n${this.log}`);
    });
    const late = new Promise<never>((_, reject) => {
      setTimeout(
        () => reject(new Error(`the server did not serve in time:\n${this.log}`)),
        startDeadline,
      ).unref();
    });
    this.#address = await Promise.race([ready, failed, late]);
  }
}

// freePort is one that nobody listens on now.
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => done(port));
    });
  });
}

// environment is what this process has, without settings of Laneway that somebody may have exported.
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("LANEWAY_")));
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        // The name of a process stands in brackets and may hold anything.
        const [, parentId] = readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) /s, "")
          .split(" ");
        return Number(parentId) === parent;
      } catch {
        // It ended meanwhile.
        return false;
      }
    })
    .map(Number);
}
