import { expect } from "vitest";
import { type ModelReply, type ModelRequest, startModelServer } from "../../support/model-server.ts";
import type { Kill } from "../../support/steward-process.ts";
import { Steadfast, until } from "../../support/steward-process.ts";
import { freshHome, type Kind, lookInto, removeHome } from "./homes.ts";
import { wholeness } from "./wholeness.ts";

const place = { service: "checkout", environment: "staging" };
const done = { summary: "checkout in staging is healthy again", healthy: true, changes: ["restarted it"] };
/** What the model wants in each of its five turns. */
const turns: readonly (readonly { readonly name: string; readonly input: unknown }[])[] = [
  [
    { name: "services_status", input: place },
    { name: "services_logs", input: place },
  ],
  [{ name: "services_deploys", input: place }],
  [{ name: "board_write", input: { key: "cause", value: "a leak", expects: 0 } }],
  [{ name: "services_restart", input: place }],
  [{ name: "report", input: done }],
];

/** Answers by what was said so far, so that the same question has the same answer however often it is asked. */
function answer({ body }: ModelRequest): ModelReply {
  const turn = body.messages.filter((message: { role: string }) => message.role === "assistant").length;
  const wanted = turns[turn] ?? [];
  return { content: wanted.map((call, i) => ({ type: "tool_use", id: `toolu_${turn}_${i}`, ...call })) };
}

/**
 * A task of five turns with a model on this machine and a process that kills itself on the way. The result is the same as
 * without, every answer is asked for once, and what was in flight is written down as lost. Returns whether it was killed.
 */
export async function agentJourney(kind: Kind, kill: Kill | null, count?: string): Promise<boolean> {
  await using server = await startModelServer(answer);
  const home = {
    ...(await freshHome(kind)),
    ANTHROPIC_API_KEY: "test-key",
    ANTHROPIC_BASE_URL: server.url,
  };
  const steward = await Steadfast.start(home, { ...(kill ? { kill } : {}), ...(count ? { count } : {}) });
  try {
    const task = { specialist: "operator", task: "fix-service", input: place };
    const spawned = await steward.ask("ana", "POST", "/api/agents/spawn", task, "spawn");
    expect(spawned.status, JSON.stringify(spawned.body)).toBe(201);
    const { workflowId } = spawned.body as { workflowId: string };
    const run = await until("the end of the run", 60_000, async () => {
      const { body } = await steward.ask("ana", "GET", `/api/workflows/status/${workflowId}`);
      return body.done ? body : null;
    });
    expect(run).toMatchObject({ status: "completed" });
    expect(await steward.stop()).toEqual({ code: 0, signal: null });
    await lookInto(home, async (query) => {
      await wholeness(query);
      const calls = await query<{ state: string; count: number }>(
        "select state, count(*)::int as count from steward.model_call group by state",
      );
      const counted = (state: string) => calls.find((row) => row.state === state)?.count ?? 0;
      const { length: kills } = steward.kills;
      expect(counted("answered")).toBe(turns.length);
      expect(counted("asked") + counted("failed")).toBe(0);
      expect(counted("lost")).toBeLessThanOrEqual(kills);
      // What the server was asked is answered or lost; a process may have died before it asked.
      expect(server.requests.length).toBeLessThanOrEqual(turns.length + counted("lost"));
      expect(server.requests.length).toBeGreaterThanOrEqual(turns.length);
      expect(
        await query(
          "select sum(spent)::int > 0 as paid, sum(reserved)::int as reserved from steward.budget where kind = 'run'",
        ),
      ).toEqual([{ paid: true, reserved: 0 }]);
      expect(await query("select version, value from steward.blackboard")).toEqual([{ version: 1, value: '"a leak"' }]);
      expect(await query("select kind, result is not null as finished from steward.trial_operation")).toEqual([
        { kind: "services.restart", finished: true },
      ]);
      const [reply] = await query<{ output: { summary: string } }>(
        "select snapshot::json->'context'->'steps'->'task'->'output' as output from steward.actor where machine = 'plan'",
      );
      expect(reply?.output).toEqual(done);
    });
    return steward.kills.length > 0;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${steward.process.log()}`, { cause: error });
  } finally {
    await steward.process.end("SIGKILL");
    await removeHome(home);
  }
}
