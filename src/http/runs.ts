import type { Context } from "hono";
import { Hono } from "hono";
import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { isId, shortId } from "../domain/ids.ts";
import { pictureIn } from "../domain/picture.ts";
import { seenBy } from "../people/people.ts";
import type { Env, Settings } from "./app.ts";
import { readBody, readQuery } from "./body.ts";
import { personOrKey } from "./caller.ts";
import { problem } from "./errors.ts";
import { pictureAnswer } from "./picture.ts";
import type { Outcome, Ports } from "./ports.ts";
import { runName, runOf } from "./run-id.ts";
import { cancelReason } from "./workflows.ts";

const Control = z.object({
  act: z.enum(["cancel", "pause", "resume", "skip", "again"], "give cancel, pause, resume, skip or again"),
  reason: cancelReason,
});
const Answer = z.object({ answer: z.enum(["happened", "did-not", "stop"], "give happened, did-not or stop") });
const words = z.string().trim().min(1, "say what to look for, or leave it out").max(200).optional();
/** Strict: a filter that was misspelt would list everything. */
const List = z.strictObject({
  state: z.enum(["open", "ended", "failed"], "give open, ended or failed").optional(),
  requester: words,
  workflow: words,
  q: words,
  before: runName().optional(),
  limit: z.coerce.number("give a number").int().min(1).max(200, "give at most 200").default(50),
});

/** Lists runs and steers one; who may is decided by the kernel's side, here only who is asking. */
export function runsDoor(ports: Ports, { tenant }: Settings): Hono<Env> {
  const door = new Hono<Env>();
  door.get("/", async (c) => {
    const actor = personOrKey(c, "workflows:read");
    const { q: words, requester: requesterId, before: last, ...rest } = readQuery(c, List);
    const before = last === undefined || isId(last) ? last : (await runOf(ports, tenant, actor, last)).id;
    const seen = seenBy(actor);
    return c.json({ runs: await ports.reads.runs({ tenant, ...rest, words, requesterId, before, ...seen }) });
  });
  door.get("/:id/pictures/:artifact", async (c) => {
    const run = await runOf(ports, tenant, personOrKey(c, "workflows:read"), c.req.param("id"));
    const artifact = c.req.param("artifact");
    const body = isId(artifact) ? await ports.reads.artifact(tenant, run.id, artifact) : null;
    return pictureAnswer(c, body === null ? null : (pictureIn(body)?.image ?? null));
  });
  door.get("/:id/reports/:task", async (c) => {
    const run = await runOf(ports, tenant, personOrKey(c, "workflows:read"), c.req.param("id"));
    const task = (await ports.reads.tasks(tenant, run.id)).find(({ id }) => id === c.req.param("task"));
    const report = task?.report?.["report"];
    if (typeof report !== "string")
      throw new Fault("not-found", "There is no such report: the run's page has those there are.");
    return c.body(report, 200, {
      "content-type": "text/markdown; charset=utf-8",
      "content-disposition": `attachment; filename="${shortId(run.id)}.md"`,
    });
  });
  door.post("/:id/control", async (c) => {
    const actor = personOrKey(c, "workflows:write", "runs:steer");
    const { act, reason } = await readBody(c, Control);
    const { id: runId } = await runOf(ports, tenant, actor, c.req.param("id"));
    return answer(c, await ports.runs.control({ tenant, runId, act, reason, ...actor }));
  });
  return door;
}

/** A person's word on an effect in doubt. */
export function effectsDoor(ports: Ports, { tenant }: Settings): Hono<Env> {
  const door = new Hono<Env>();
  door.post("/:id/answer", async (c) => {
    const actor = personOrKey(c, "workflows:write", "runs:steer");
    const { answer: word } = await readBody(c, Answer);
    const effectId = c.req.param("id");
    if (!isId(effectId)) throw new Fault("not-found", "There is no such effect: its id stands on the run's page.");
    return answer(c, await ports.runs.answer({ tenant, effectId, answer: word, ...actor }));
  });
  return door;
}

function answer(c: Context<Env>, outcome: Outcome): Response {
  if (outcome.kind === "missing") throw new Fault("not-found", "There is nothing with this id.");
  return outcome.kind === "refused"
    ? problem(c, 403, outcome.sentence, { because: outcome.because })
    : c.json({ sentence: outcome.sentence });
}
