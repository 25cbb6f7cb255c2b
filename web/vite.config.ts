import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { slimProperties } from "./vite/slim-properties.ts";

const compressible = /\.(js|css|html|svg|json)$/;

// compressed writes a brotli and a gzip copy beside every text file of the build: the server only picks one.
// It runs when the bundle is complete, so that the files copied from public/ are there too.
function compressed(): Plugin {
  let outDir = "";
  return {
    name: "laneway-compressed",
    apply: "build",
    configResolved(config) {
      outDir = config.build.outDir;
    },
    closeBundle() {
      for (const entry of readdirSync(outDir, { recursive: true, encoding: "utf8" })) {
        const path = join(outDir, entry);
        if (!compressible.test(path) || entry.startsWith(".vite") || !statSync(path).isFile()) continue;
        const bytes = readFileSync(path);
        if (bytes.length < 1024) continue;
        const params = {
          [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        };
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [slimProperties(), react(), tailwindcss(), compressed()],
  build: {
    outDir: "dist/app",
    emptyOutDir: true,
    manifest: true,
    target: "es2022",
    // A font or an icon inlined as base64 would be paid for by everyone and compress badly.
    assetsInlineLimit: 0,
    // What counts is what a page loads, compressed: scripts/budget.mjs.
    chunkSizeWarningLimit: 2000,
  },
  server: {
    proxy: { "/api": process.env.LANEWAY_DEV_SERVER ?? "http://127.0.0.1:8080" },
  },
});
