import { Hono } from "hono";
import { z } from "zod";
import { shortId } from "../domain/ids.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Env, Settings } from "./app.ts";
import { readBody } from "./body.ts";
import { personOrKey } from "./caller.ts";
import { problem } from "./errors.ts";
import { idempotencyKey } from "./idempotency.ts";
import type { Ports } from "./ports.ts";
import type { Run } from "./reads.ts";
import { noRun, runOf } from "./run-id.ts";

const Create = z.object({
  name: z.string("give the name of a workflow, such as restart-service").min(1).max(200),
  description: z.string().max(4000).optional(),
  priority: z
    .enum(
      ["low", "normal", "medium", "high", "urgent", "critical"],
      "give low, normal, medium, high, urgent or critical",
    )
    .optional(),
  context: z.record(z.string(), z.json(), "give an object with the workflow's input").default({}),
});

/** Why a run is cancelled, if that is said. */
export const cancelReason = z
  .string("give a text")
  .trim()
  .min(1, "say it in a few words, or leave it out")
  .max(1000)
  .optional();

/** Create, status, terminate. An `Idempotency-Key` makes a create that is sent twice start once. */
export function workflowsDoor(ports: Ports, { tenant }: Settings): Hono<Env> {
  const door = new Hono<Env>();
  door.post("/create", async (c) => {
    const actor = personOrKey(c, "workflows:write");
    const { name, description, priority, context } = await readBody(c, Create);
    if (actor.by !== null && !ports.people.permits(actor.by, "start-run"))
      return problem(c, 403, `${actor.by.name} may not start workflows: ask somebody who is a member here.`, {
        because: "not-a-member",
      });
    const key = idempotencyKey(c);
    const started = await ports.runs.startByName({
      tenant,
      name,
      context: context as JsonObject,
      ...actor,
      key,
      ...(description !== undefined && { description }),
      ...(priority !== undefined && { priority }),
    });
    switch (started.kind) {
      case "unknown":
        return problem(
          c,
          422,
          `There is no workflow “${name}”${started.near.length > 0 ? `: did you mean ${started.near.join(" or ")}?` : "."}`,
          { near: started.near },
        );
      case "invalid":
        return problem(c, 422, started.problems.join(" "), { problems: started.problems });
      case "started":
        return c.json(statusOf(await runOf(ports, tenant, actor, started.runId)), 201, {
          location: `/api/workflows/status/${started.runId}`,
        });
    }
  });

  door.get("/status/:id", async (c) =>
    c.json(statusOf(await runOf(ports, tenant, personOrKey(c, "workflows:read"), c.req.param("id")))),
  );

  door.post("/terminate/:id", async (c) => {
    const actor = personOrKey(c, "workflows:write", "runs:steer");
    const { reason } = await readBody(c, z.object({ reason: cancelReason }));
    const { id: runId } = await runOf(ports, tenant, actor, c.req.param("id"));
    const outcome = await ports.runs.control({ tenant, runId, act: "cancel", reason, ...actor });
    if (outcome.kind === "refused") return problem(c, 403, outcome.sentence, { because: outcome.because });
    if (outcome.kind === "missing") throw noRun(runId);
    return c.json({ ...statusOf(await runOf(ports, tenant, actor, runId)), sentence: outcome.sentence });
  });
  return door;
}

/** A run as REST shows it. `status` is the plan's state, or paused or stuck. */
function statusOf(run: Run) {
  const { id, state, timeline: _timeline, gates, ...rest } = run;
  return {
    workflowId: id,
    id: shortId(id),
    status: run.stuck !== null ? "stuck" : run.paused ? "paused" : state,
    state,
    ...rest,
    gates: gates.map((gate) => ({
      id: gate.id,
      title: gate.title,
      state: gate.state,
      expiresAt: gate.expiresAt,
      approvers: gate.approvers,
    })),
  };
}
