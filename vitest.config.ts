import { defineConfig } from "vitest/config";

/** `vitest run` is the suite; `--mode crash` is the exhaustive crash matrix, which takes minutes. */
export default defineConfig(({ mode }) => ({
  test: {
    include: mode === "crash" ? ["tests/crash/*.exhaustive.test.ts"] : ["tests/**/*.test.ts"],
    exclude: mode === "crash" ? [] : ["tests/crash/*.exhaustive.test.ts"],
    globalSetup: "tests/support/shared-postgres.ts",
    // A process per file: PGlite's wasm and killed children stay out of each other's way.
    pool: "forks",
    testTimeout: mode === "crash" ? 600_000 : 20_000,
    hookTimeout: 60_000,
  },
}));
