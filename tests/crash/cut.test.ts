import { expect, test } from "vitest";
import { startSteward } from "../support/steward-process.ts";
import { cuttingProxy } from "./support/cutting-proxy.ts";
import { freshHome } from "./support/homes.ts";
import { allCompleted, eachOnce, startWork } from "./support/load.ts";

test("the connection is lost again and again with a commit's request or its answer: nothing twice, nothing lost", {
  timeout: 240_000,
}, async () => {
  const home = await freshHome("postgres");
  const proxy = await cuttingProxy(String(home["DATABASE_URL"]), 5);
  const steward = await startSteward(
    { ...home, DATABASE_URL: proxy.url },
    { entry: "tests/crash/support/serve-more.ts" },
  );
  const urls = () => [String(steward.url)];
  try {
    const keys = Array.from({ length: 12 }, (_, i) => `k${i}`);
    const runs: string[] = [];
    // One after the other, so that there are many small commits to cut.
    for (const key of keys) runs.push(await startWork(urls, key));
    await allCompleted(home, runs, 180_000, urls);
    expect(steward.isRunning()).toBe(true);
    expect(proxy.cuts.request).toBeGreaterThan(3);
    expect(proxy.cuts.answer).toBeGreaterThan(3);
    expect(await steward.end("SIGTERM")).toEqual({ code: 0, signal: null });
    await eachOnce(home, keys);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${JSON.stringify(proxy.cuts)}\n${steward.log()}`, { cause: error });
  } finally {
    await steward.end("SIGKILL");
    await proxy.stop();
  }
});
