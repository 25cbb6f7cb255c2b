// HarbourId is another service to sign in with: the one that the Go tests use, as a program of its own. People sign in
// there by choosing who they are.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const program = resolve(
  import.meta.dirname,
  "..",
  process.env.LANEWAY_PROVIDER_BIN || resolve(import.meta.dirname, "../../bin/provider"),
);

export class HarbourId {
  readonly issuer: string;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, issuer: string) {
    this.#process = child;
    this.issuer = issuer;
  }

  static async start(): Promise<HarbourId> {
    if (!existsSync(program)) throw new Error(`${program} is missing: \`make bin/provider\` makes it`);
    const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
    const issuer = await new Promise<string>((done, fail) => {
      child.once("exit", (code) => fail(new Error(`the service ended with ${code}`)));
      child.stdout.on("data", (chunk: Buffer) => {
        const address = /is at (\S+)/.exec(chunk.toString())?.[1];
        if (address) done(address);
      });
    });
    return new HarbourId(child, issuer);
  }

  // settings have a Laneway sign people in with this service.
  get settings(): string[] {
    return [
      ...["--oidc-issuer", this.issuer],
      ...["--oidc-name", "Harbour ID"],
      ...["--oidc-client-id", "laneway"],
      ...["--oidc-client-secret", "secret of the client"],
    ];
  }

  // stop ends it; it also ends with the input that it has from here.
  stop(): void {
    this.#process.kill();
  }
}
