import type { SQL } from "drizzle-orm";
import { and, asc, desc, eq, sql } from "drizzle-orm";
import type { Json, JsonObject } from "../../domain/json.ts";
import { pictureRefIn } from "../../domain/picture.ts";
import type { Run, RunEffect, RunLine, RunStep } from "../../http/reads.ts";
import { resolveText } from "../../workflow/index.ts";
import type { Queryable } from "../database.ts";
import { actor, conversation, definition, effect, person } from "../schema/kernel.ts";
import { newestEntries } from "./entries.ts";
import { gatesOfRun } from "./gates.ts";
import { asCount, asList, asObject, asText, contextOf, objectOf } from "./json.ts";
import { personal } from "./personal.ts";
import type { Row } from "./select.ts";
import { rows, select } from "./select.ts";

const line = {
  id: actor.id,
  // The definition's name. An actor's own name is what it is about.
  name: sql<string>`coalesce(${definition.name}, ${actor.name})`,
  about: actor.name,
  snapshot: actor.snapshot,
  state: actor.state,
  done: actor.done,
  paused: actor.paused,
  stuck: actor.stuck,
  priority: actor.priority,
  requesterId: actor.requesterId,
  requesterName: sql<string | null>`${person.name}`,
  personal: sql<boolean>`${sql.raw(personal("definition.body"))}`,
  createdAt: actor.createdAt,
  updatedAt: actor.updatedAt,
  endedAt: actor.endedAt,
  durationMs: sql<number>`(extract(epoch from coalesce(${actor.endedAt}, steward.now()) - ${actor.createdAt}) * 1000)::float8`,
  channel: sql<string | null>`${conversation.channel}`,
  // A thread that our first message was to begin has its own name only then.
  thread: sql<string | null>`coalesce(${conversation.begun}, nullif(${conversation.thread}, ''))`,
  // In a list that of the open ones is read, which may wait for something.
  body: sql<string | null>`case when not ${actor.done} then ${definition.body} end`,
};
const whole = { ...line, body: sql<string | null>`${definition.body}` };

/** The runs whose ids a query gives, newest first. */
export async function runLines(db: Queryable, tenant: string, ids: SQL): Promise<readonly RunLine[]> {
  const query = select(line)
    .from(actor)
    .leftJoin(person, requester)
    .leftJoin(definition, pinned)
    .leftJoin(conversation, told)
    .where(and(eq(actor.tenantId, tenant), sql`${actor.id} = any (array(${ids}))`))
    .orderBy(desc(actor.id));
  return (await rows<typeof line>(db, query)).map((row) => lineOf(row, contextOf(row.snapshot)));
}

/** One run with its steps, effects, gates and timeline. */
export async function runById(db: Queryable, tenant: string, id: string): Promise<Run | null> {
  const query = select(whole)
    .from(actor)
    .leftJoin(person, requester)
    .leftJoin(definition, pinned)
    .leftJoin(conversation, told)
    .where(and(eq(actor.tenantId, tenant), eq(actor.id, id), eq(actor.machine, "plan")));
  const [row] = await rows<typeof whole>(db, query);
  if (row === undefined) return null;
  const context = contextOf(row.snapshot);
  const defined = objectOf(row.body);
  const steps = stepsOf(defined, context, await effectsOf(db, tenant, id));
  return {
    ...lineOf(row, context),
    summary: asText(defined["summary"]) ?? "",
    input: asObject(context["input"]),
    reason: asText(context["reason"]),
    error: row.stuck ?? asText(context["because"]) ?? failureOf(row.state, steps),
    steps,
    gates: await gatesOfRun(db, tenant, id),
    timeline: await newestEntries(db, tenant, `actor:${id}`, 500),
  };
}

export const pinned = and(eq(definition.tenantId, actor.tenantId), eq(definition.hash, actor.definitionHash));
const told = and(
  eq(conversation.tenantId, actor.tenantId),
  eq(conversation.id, actor.conversationId),
  eq(conversation.platform, "web"),
);
const requester = and(eq(person.tenantId, actor.tenantId), eq(person.id, actor.requesterId));

function lineOf(
  { snapshot: _snapshot, body, about, channel, thread, ...row }: Row<typeof line>,
  context: JsonObject,
): RunLine {
  const event = asObject(context["event"]);
  const [service, environment] = [asText(event["service"]), asText(event["environment"])];
  return {
    ...row,
    requesterName: row.requesterName ?? asText(asObject(context["requester"])["name"]),
    title: asText(context["title"]) ?? about,
    durationMs: Math.max(0, Math.round(row.durationMs)),
    waitsFor: row.done ? null : waitsFor(objectOf(body), context),
    thread: channel === null || thread === null || thread.startsWith("+") ? null : { channel, id: thread },
    service: service === null || environment === null ? null : { name: service, environment },
  };
}

async function effectsOf(db: Queryable, tenant: string, runId: string): Promise<Map<string, RunEffect[]>> {
  const { id, step, tool, class: kind, risk, args, state, generation, createdAt: askedAt, startedAt, endedAt } = effect;
  const fields = { id, step, tool, class: kind, risk, args, state, generation, askedAt, startedAt, endedAt };
  const query = select(fields)
    .from(effect)
    .where(and(eq(effect.tenantId, tenant), eq(effect.actorId, runId)))
    .orderBy(asc(effect.createdAt), asc(effect.id));
  const byStep = new Map<string, RunEffect[]>();
  for (const { step: name, ...found } of await rows<typeof fields>(db, query))
    byStep.set(name, [...(byStep.get(name) ?? []), found]);
  return byStep;
}

/** In the definition's order; steps the definition no longer shows come last. */
function stepsOf(
  defined: JsonObject,
  context: JsonObject,
  effects: ReadonlyMap<string, RunEffect[]>,
): readonly RunStep[] {
  const states = asObject(context["steps"]);
  const parts = partsOf(defined, context);
  const declared = new Map(
    asList(defined["steps"]).map((step) => [asText(asObject(step)["id"]) ?? "", asObject(step)]),
  );
  const ids = new Set([...declared.keys(), ...Object.keys(states)]);
  return [...ids].map((id) => {
    const now = asObject(states[id]);
    return {
      id,
      ...kindOf(declared.get(id) ?? {}, now),
      state: asText(now["state"]) ?? "pending",
      generation: asCount(now["generation"], 0),
      attempt: asCount(now["attempt"], 0),
      error: errorOf(now["error"]),
      looked: lookedOf(now),
      answered: answeredOf(asObject(now["output"])),
      says: saysOf(declared.get(id), context),
      picture: pictureRefIn(asObject(now["output"])["picture"] ?? null),
      part: parts.get(id) ?? null,
      effects: effects.get(id) ?? [],
    };
  });
}

/** For each step of a request in several parts, its part. */
function partsOf(defined: JsonObject, context: JsonObject): ReadonlyMap<string, NonNullable<RunStep["part"]>> {
  const scope = scopeOf(context);
  return new Map(
    asList(defined["parts"]).flatMap((part, i) => {
      const { title, steps } = asObject(part);
      const here = { number: i + 1, title: resolveText(asText(title) ?? "", scope) };
      return asList(steps ?? null).map((step): [string, typeof here] => [asText(step) ?? "", here]);
    }),
  );
}

/** What a sentence of the definition may refer to. */
function scopeOf(context: JsonObject): Parameters<typeof resolveText>[1] {
  const { id = "", name = "" } = asObject(context["requester"]);
  const outputs = Object.fromEntries(
    Object.entries(asObject(context["steps"])).map(([step, state]) => [step, asObject(state)["output"] ?? null]),
  );
  return { input: asObject(context["input"]), requester: { id: String(id), name: String(name) }, outputs };
}

/** What went wrong in a run that failed, a sentence for each step. */
function failureOf(state: string, steps: readonly RunStep[]): string | null {
  if (state !== "failed") return null;
  const failed = steps.filter((step) => step.state === "failed");
  return failed
    .map(({ id, error }) => `“${id}” did not work: ${(error ?? "no reason given").replace(/\.$/, "")}.`)
    .join(" ");
}

function kindOf(step: JsonObject, now: JsonObject): { kind: string; about: string } {
  const { tool, approve, notify, wait, agent } = step;
  if (tool !== undefined) return { kind: "tool", about: asText(tool) ?? asText(asObject(tool)["name"]) ?? "" };
  if (approve !== undefined)
    return { kind: "approve", about: `covers ${asList(asObject(approve)["covers"]).join(", ")}` };
  if (notify !== undefined) return { kind: "notify", about: asText(asObject(notify)["to"]) ?? "thread" };
  if (wait !== undefined) return { kind: "wait", about: "for time or an event" };
  if (agent !== undefined) {
    const { specialist = null } = asObject(agent);
    const able = asText(specialist) === null ? asList(specialist).map(String) : [String(specialist)];
    const isOpen = (now["state"] ?? "pending") === "pending";
    return { kind: "agent", about: isOpen ? able.join(" or ") : (asText(now["by"]) ?? able[0] ?? "") };
  }
  return { kind: asText(step["kind"]) ?? "step", about: "" };
}

/** What its steps that wait now say to that, in the definition's order. */
function waitsFor(defined: JsonObject, context: JsonObject): string | null {
  const states = asObject(context["steps"]);
  const said = asList(defined["steps"]).flatMap((declared) => {
    const step = asObject(declared);
    if (asObject(states[asText(step["id"]) ?? ""])["state"] !== "waiting") return [];
    return step["approve"] === undefined ? (saysOf(step, context) ?? []) : "Waiting for approval.";
  });
  return said.length === 0 ? null : [...new Set(said)].join(" ");
}

function saysOf(step: JsonObject | undefined, context: JsonObject): string | null {
  const says = asText(asObject(step?.["wait"] ?? null)["says"]);
  return says === null ? null : resolveText(says, scopeOf(context));
}

function lookedOf({ looks, output }: JsonObject): RunStep["looked"] {
  const times = looks ?? asObject(output)["looks"];
  return typeof times === "number"
    ? { times, met: asObject(output)["met"] === true, early: asObject(output)["early"] === true }
    : null;
}

function answeredOf({ intent, name }: JsonObject): RunStep["answered"] {
  return typeof intent === "string" && typeof name === "string" ? { intent, name } : null;
}

function errorOf(error: Json | undefined): string | null {
  return asText(error) ?? asText(asObject(error)["message"]);
}
