import { expect, test } from "vitest";
import { startPostgres } from "../support/postgres.ts";
import { startSteward, until } from "../support/steward-process.ts";
import { freshHome } from "./support/homes.ts";
import { allCompleted, eachOnce, startWork } from "./support/load.ts";

test("PostgreSQL crashes and comes back under load: Steward stays, says so meanwhile, and loses nothing it acknowledged", async () => {
  const server = await startPostgres();
  try {
    const home = { ...(await freshHome("pglite")), DATABASE_URL: server.url };
    const steward = await startSteward(home, { entry: "tests/crash/support/serve-more.ts" });
    const url = String(steward.url);
    const health = async () => {
      const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(10_000) });
      return { status: response.status, said: ((await response.json()) as { status: string }).status };
    };
    try {
      expect(await health()).toEqual({ status: 200, said: "healthy" });
      const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
      const started = Promise.all(keys.map((key) => startWork(() => [url], key)));
      const first = startWork(() => [url], "first");
      await first;
      const sick = until("health says unhealthy", 20_000, async () => {
        const { status, said } = await health();
        return status === 503 && said === "unhealthy";
      });
      await server.restart("immediate");
      await sick;
      await until("health says healthy again", 20_000, async () => (await health()).said === "healthy");
      await allCompleted(home, [await first, ...(await started)], 60_000, () => [url]);
      expect(steward.isRunning()).toBe(true);
      expect(await steward.end("SIGTERM")).toEqual({ code: 0, signal: null });
      await eachOnce(home, ["first", ...keys]);
    } finally {
      await steward.end("SIGKILL");
    }
  } finally {
    await server.stop();
  }
});
