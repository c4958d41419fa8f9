import { Hono } from "hono";
import { z } from "zod";
import { formatDuration } from "../domain/duration.ts";
import { Fault } from "../domain/fault.ts";
import { isId } from "../domain/ids.ts";
import type { JsonObject } from "../domain/json.ts";
import { maySee } from "../people/people.ts";
import type { Env, Settings } from "./app.ts";
import { readBody } from "./body.ts";
import { personOrKey } from "./caller.ts";
import { problem } from "./errors.ts";
import { idempotencyKey } from "./idempotency.ts";
import type { Actor, Ports } from "./ports.ts";
import type { TaskView } from "./reads.ts";

const Spawn = z.object({
  specialist: z.string("give the name of a specialist, such as data").min(1).max(100),
  task: z.string("give the name of one of its tasks, such as gather-incident").min(1).max(100),
  input: z.record(z.string(), z.json(), "give an object with the task's input").default({}),
});

const Control = z.object({ act: z.enum(["pause", "resume", "skip", "cancel"], "give pause, resume, skip or cancel") });

/** How long a task that waits for no person may stay as it is before it counts as stalled. */
const stalledMs = 10 * 60_000;

/** Gives a specialist a task as a run of its own, and says how one is. An `Idempotency-Key` makes a spawn sent twice spawn once. */
export function agentsDoor(ports: Ports, { tenant }: Settings): Hono<Env> {
  const door = new Hono<Env>();
  door.post("/spawn", async (c) => {
    const actor = personOrKey(c, "workflows:write");
    const { specialist, task, input } = await readBody(c, Spawn);
    if (actor.by !== null && !ports.people.permits(actor.by, "start-run"))
      return problem(c, 403, `${actor.by.name} may not start agents: ask somebody who is a member here.`, {
        because: "not-a-member",
      });
    const key = idempotencyKey(c);
    const spawned = await ports.agents.spawn({ tenant, specialist, task, input: input as JsonObject, key, ...actor });
    if (spawned.kind === "refused") return problem(c, 422, spawned.sentence, { near: spawned.near });
    const { workflowId, agentId } = spawned;
    return c.json(statusOf(await taskOf(ports, tenant, actor, agentId)), 201, {
      location: `/api/agents/status/${agentId}`,
      link: `</api/workflows/status/${workflowId}>; rel="up"`,
    });
  });
  door.get("/status/:id", async (c) =>
    c.json(statusOf(await taskOf(ports, tenant, personOrKey(c, "workflows:read"), c.req.param("id")))),
  );
  door.get("/health/:id", async (c) =>
    c.json(healthOf(await taskOf(ports, tenant, personOrKey(c, "workflows:read"), c.req.param("id")))),
  );
  door.post("/control/:id", async (c) => {
    const actor = personOrKey(c, "workflows:write", "runs:steer");
    const { act } = await readBody(c, Control);
    const { id: taskId, runId } = await taskOf(ports, tenant, actor, c.req.param("id"));
    const outcome = await ports.agents.control({ tenant, taskId, runId, act, ...actor });
    if (outcome.kind === "missing") throw noTask();
    return outcome.kind === "refused"
      ? problem(c, 403, outcome.sentence, { because: outcome.because })
      : c.json({ sentence: outcome.sentence });
  });
  return door;
}

/** The task, if there is one and the caller may see its run; otherwise a Fault that does not say which. */
async function taskOf(ports: Ports, tenant: string, actor: Actor, id: string): Promise<TaskView> {
  const task = isId(id) ? await ports.reads.task(tenant, id) : null;
  if (task === null || !maySee(actor, task)) throw noTask();
  return task;
}

function noTask(): Fault {
  return new Fault("not-found", "There is no agent with this id: give the agentId that spawn answered.");
}

function statusOf({ id, runId, specialist, state, ...rest }: TaskView) {
  const status = rest.stuck !== null ? "stuck" : rest.paused ? "paused" : state;
  return { agentId: id, workflowId: runId, type: specialist, status, state, ...rest };
}

/** Healthy is what moves, waits for people, or has done what it was given. */
function healthOf(task: TaskView) {
  const because = ailOf(task);
  const { id, specialist, state, movedAt, idleMs } = task;
  return {
    agentId: id,
    type: specialist,
    status: because === null ? "healthy" : "unhealthy",
    state,
    movedAt,
    idleMs,
    ...(because !== null && { because }),
  };
}

function ailOf({ stuck, state, error, done, paused, idleMs }: TaskView): string | null {
  if (stuck !== null) return `It is stuck: ${stuck}.`;
  if (state === "failed") return `It failed: ${error ?? "no reason given"}.`;
  const asks = ["waiting", "overBudget", "assigned"].includes(state);
  return !done && !paused && !asks && idleMs > stalledMs ? `Nothing has moved for ${formatDuration(idleMs)}.` : null;
}
