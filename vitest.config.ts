import { defineConfig } from "vitest/config";

const exhaustive = ["tests/crash/*.exhaustive.test.ts"];
/** All that a hijacked model may try; the suite plays a sample. */
const hijack = ["tests/hijack/*.exhaustive.test.ts", "tests/hijack/beyond.test.ts"];
/** Survival tests that take half a minute each. */
const long = ["effects", "load", "postgres-restart", "cut", "discord-leader", "incident", "replicas"].map(
  (name) => `tests/crash/${name}.test.ts`,
);

/** Journeys that go further than the suite has time for. */
const wide = [
  "everywhere",
  "many-surfaces",
  "teams",
  "real-services",
  "connectors",
  "systems-page",
  "sources",
  "github",
  "change",
  "overview",
  "help",
  "wording",
  "reviews",
  "waiting",
  "tell",
  "repeats",
  "ask",
  "free-text",
  "plan",
  "see",
  "about-a-run",
  "bad-input",
]
  .map((name) => `tests/journeys/${name}.test.ts`)
  .concat(
    "tests/browser/incident.test.ts",
    "tests/browser/teams.test.ts",
    "tests/inbox/link.test.ts",
    "tests/store/start.test.ts",
    "tests/store/cost.test.ts",
    "tests/model/wired.test.ts",
    "tests/systems/mcp.test.ts",
    "tests/adapters/teams-render.test.ts",
    "tests/systems/sandbox.test.ts",
  );

/** The files of each mode other than the suite. */
const modes: Readonly<Record<string, readonly string[]>> = {
  crash: [...exhaustive, ...long],
  hijack: ["tests/hijack/*.test.ts"],
  wide,
  journeys: ["tests/journeys/*.test.ts"],
};

/**
 * `vitest run` is the suite; `--mode wide` the journeys that go further, `--mode journeys` all of them on every database, `--mode crash` is the crash matrix and the longer survival tests,
 * `--mode hijack` every case of a hijacked model.
 */
export default defineConfig(({ mode }) => ({
  test: {
    include: [...(modes[mode] ?? ["tests/**/*.test.ts"])],
    exclude: mode in modes ? [] : [...exhaustive, ...long, ...hijack, ...wide],
    provide: { everyBase: mode === "journeys" },
    globalSetup: "tests/support/shared-postgres.ts",
    // A process per file: PGlite's wasm and killed children stay out of each other's way.
    pool: "forks",
    // Journeys wait more than they work. The crash tests want the machine for themselves.
    // The wide ones play whole chat platforms, each with clocks of its own.
    maxWorkers: mode === "crash" ? 1 : mode === "wide" ? 2 : 4,
    // A busy machine may outlast a test's patience once; what needed a second try is named in the output. Crashes, races and
    // hijacked models get none: see the runner.
    retry: 1,
    runner: "tests/support/runner.ts",
    testTimeout: mode === "crash" ? 600_000 : 120_000,
    hookTimeout: 60_000,
  },
}));
