import { expect } from "vitest";
import { ask, until } from "../../support/steward-process.ts";
import { type Home, lookInto, type Query } from "./homes.ts";
import { wholeness } from "./wholeness.ts";

const services = ["search", "billing", "checkout", "website"];

/** What the run of this key restarts: restarts of one service wait for each other. */
function serviceOf(key: string): string {
  return services[Number(/\d+$/.exec(key)?.[0] ?? 0) % services.length] as string;
}

/** Starts `work` under this key, at whichever of these addresses answers. Returns the run's id once somebody has acknowledged it. */
export async function startWork(urls: () => readonly string[], key: string, name = "work"): Promise<string> {
  let turn = 0;
  return until(`${key} is acknowledged`, 60_000, async () => {
    const all = urls();
    const url = all[turn++ % all.length];
    if (!url) return null;
    try {
      const context = { key, service: serviceOf(key) };
      const { status, body } = await ask(url, "ana", "POST", "/api/workflows/create", { name, context }, key);
      if (status < 500) expect(status, JSON.stringify(body)).toBe(201);
      return status === 201 ? (body.workflowId as string) : null;
    } catch (error) {
      if ((error as Error).name === "AssertionError") throw error;
      return null;
    }
  });
}

interface Doubt {
  readonly id: string;
  readonly args: string;
}

/**
 * Waits until these runs have completed. Where an effect is in doubt, it plays the person who looks whether somebody's pager
 * rang and says so.
 */
export async function allCompleted(
  home: Home,
  runs: readonly string[],
  withinMs: number,
  urls: () => readonly string[],
): Promise<void> {
  await lookInto(home, (query) =>
    until(`${runs.length} runs have completed`, withinMs, async () => {
      try {
        for (const doubt of await query<Doubt>("select id, args from steward.effect where state = 'in_doubt'")) {
          const { text } = JSON.parse(doubt.args) as { text: string };
          const rang = await query(
            "select 1 from steward.trial_operation where kind = 'page' and detail::json->>'text' = $1",
            [text],
          );
          const [url] = urls();
          if (url)
            await ask(url, "ben", "POST", `/api/effects/${doubt.id}/answer`, {
              answer: rang.length > 0 ? "happened" : "did-not",
            }).catch(() => null);
        }
        const ended = await query<{ state: string }>(
          "select state from steward.actor where done and id = any ($1::uuid[])",
          [runs],
        );
        const other = ended.filter(({ state }) => state !== "completed");
        expect(other, "runs that ended otherwise").toEqual([]);
        return ended.length === runs.length;
      } catch (error) {
        if ((error as Error).name === "AssertionError" || home["DATABASE_URL"] === undefined) throw error;
        return null;
      }
    }),
  );
}

/** Restarts of one service did not meet: the first one's instances in their order, then the second one's. Returns how many there were. */
export async function oneByOne(query: Query, { service, environment }: { service: string; environment: string }) {
  const lines = await query<{ line: string }>(
    "select line from steward.trial_log where service = $1 and environment = $2 and line like '% restarted' order by id",
    [service, environment],
  );
  const numbers = lines.map(({ line }) => Number(/\d+/.exec(line)?.[0]));
  const each = [...new Set(numbers)].sort((a, b) => a - b);
  const restarts = each.length === 0 ? 0 : numbers.length / each.length;
  expect(numbers, `restarts of ${service}`).toEqual(Array.from({ length: restarts }, () => each).flat());
  return restarts;
}

/** For each key exactly one run, one ticket and one page; for each run one restart; and everything else that must hold. */
export async function eachOnce(home: Home, keys: readonly string[]): Promise<void> {
  await lookInto(home, async (query) => {
    await wholeness(query);
    const sorted = [...keys].sort();
    const titles = async (kind: string, field: string) =>
      (
        await query<{ key: string }>(
          `select detail::json->>'${field}' as key from steward.trial_operation where kind = $1`,
          [kind],
        )
      )
        .map(({ key }) => key)
        .sort();
    expect(await titles("ticket", "title"), "tickets").toEqual(sorted);
    expect(await titles("page", "text"), "pages").toEqual(sorted);
    const restarts = await query(
      "select key from steward.trial_operation where kind = 'services.restart' and result is not null",
    );
    expect(restarts.length, "restarts").toBe(keys.length);
    for (const service of services) {
      const mine = keys.filter((key) => serviceOf(key) === service);
      const instances = await query(
        "select restarts from steward.trial_instance where service = $1 and environment = 'staging'",
        [service],
      );
      expect(instances, `restarts of each instance of ${service}`).toEqual(
        [1, 2].map(() => ({ restarts: mine.length })),
      );
      await oneByOne(query, { service, environment: "staging" });
    }
    const runs = await query<{ key: string }>("select name as key from steward.actor where machine = 'plan'");
    expect(runs.map(({ key }) => key.replace("work ", "")).sort(), "runs").toEqual(sorted);
    expect((await query("select 1 from steward.inbox where source like 'api:%'")).length, "deliveries").toBe(
      keys.length,
    );
  });
}
