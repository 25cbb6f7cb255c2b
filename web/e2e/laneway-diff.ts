// The program's own judgement of what is different between two documents.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const program = resolve(import.meta.dirname, "../../bin/laneway");

export type Change = { op: string; element: string; path?: string; before?: string; after?: string };

// difference lists the changes from one document to another; what means the same is none.
export async function difference(before: string, after: string): Promise<Change[]> {
  const folder = mkdtempSync(join(tmpdir(), "laneway-diff-"));
  try {
    const [a, b] = [join(folder, "a.bpmn"), join(folder, "b.bpmn")];
    writeFileSync(a, before);
    writeFileSync(b, after);
    const { stdout } = await promisify(execFile)(program, ["diff", "--json", a, b], {
      maxBuffer: 64 << 20,
    }).catch((error: { code?: number; stdout?: string }) => {
      // Like diff(1): 1 says that there are differences.
      if (error.code === 1 && error.stdout !== undefined) return { stdout: error.stdout };
      throw error;
    });
    const told = JSON.parse(stdout) as Change[] | { changes: Change[] };
    return Array.isArray(told) ? told : told.changes;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
