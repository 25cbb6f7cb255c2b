// Builds a piece of the studio for a page of its own, so that a test can run it in a real browser without a server.
import { resolve } from "node:path";
import { build } from "vite";

// bundle gives a script that puts the exports of a module of this folder into a global of that name.
export async function bundle(entry: string, name: string): Promise<{ script: string; style: string }> {
  const built = await build({
    configFile: resolve(import.meta.dirname, "../vite.config.ts"),
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
      write: false,
      manifest: false,
      minify: false,
      lib: { entry: resolve(import.meta.dirname, entry), formats: ["iife"], name },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) =>
    "output" in one ? one.output : [],
  );
  const text = (ending: string) =>
    outputs
      .filter(({ fileName }) => fileName.endsWith(ending))
      .map((output) => (output.type === "chunk" ? output.code : String(output.source)))
      .join("\n");
  return { script: text(".js"), style: text(".css") };
}
