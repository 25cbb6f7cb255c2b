import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

// The tests in a real browser. Each file has a Laneway and a Chromium of its own, so files may run side by side;
// within a file one test follows the other. A wait inside a test gives up long before the test does, so that a
// failure is a sentence about what was waited for and not a bare timeout.
export default defineConfig({
  cacheDir: resolve(import.meta.dirname, "../node_modules/.vite"),
  test: {
    name: "browser",
    root: import.meta.dirname,
    environment: "node",
    include: ["**/*.test.ts"],
    testTimeout: 600_000,
    hookTimeout: 90_000,
    // A browser on a machine that others use, too, now and then misses a wait. The report names what was tried twice.
    retry: 1,
    maxWorkers: 2,
    reporters: ["verbose"],
    disableConsoleIntercept: true,
  },
});
