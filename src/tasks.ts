import { type Specialist, wrongInput } from "./agents/index.ts";
import { Fault } from "./domain/fault.ts";
import { deriveId } from "./domain/ids.ts";
import type { Platform } from "./domain/incoming.ts";
import type { Agents } from "./http/ports.ts";
import type { Kernel } from "./orchestrator/kernel.ts";
import type { Database } from "./store/database.ts";
import { keptDefinition } from "./store/definitions.ts";
import { type Definition, define, definitionFrom, findReferences, nearName, titleOf } from "./workflow/index.ts";

type Spawned = Awaited<ReturnType<Agents["spawn"]>>;
type Spawn = Parameters<Agents["spawn"]>[0];

const step = "task";

/** Gives a specialist a task as a run of its own: a definition with that one step. What could only fail is refused, and nothing begins. */
export async function spawn(
  specialists: readonly Specialist[],
  { specialist: name, task, input, ...start }: Spawn,
  parts: {
    /** Why a run of it could only fail, as a sentence; null when nothing is known against it. */
    objection(definition: Definition): Promise<string | null>;
    begin(start: Omit<Spawn, "specialist" | "task" | "input"> & { readonly definition: Definition }): Promise<string>;
  },
): Promise<Spawned> {
  const specialist = specialists.find((one) => one.name === name);
  if (specialist === undefined)
    return unknown(
      `There is no specialist “${name}”`,
      name,
      specialists.map((one) => one.name),
    );
  if (!Object.hasOwn(specialist.tasks, task))
    return unknown(`${name} has no task “${task}”`, task, Object.keys(specialist.tasks));
  const given = specialist.tasks[task];
  const wrong = given === undefined ? [] : wrongInput(given, input);
  if (wrong.length > 0)
    return {
      kind: "refused",
      sentence: `The input of ${name}'s task “${task}” is not right. ${wrong.join(" ")}`,
      near: [],
    };
  if (findReferences(input).length > 0)
    return { kind: "refused", sentence: "The input of a task is plain values: leave out ${{ }}.", near: [] };
  const definition = define({
    name: `${name}-${task}`,
    summary: given?.summary ?? "",
    on: [{ manual: true }],
    ...(given?.personal && { personal: true as const }),
    input: {},
    title: `have ${name} do ${task}`,
    steps: [{ id: step, kind: "agent", dependsOn: [], agent: { specialist: name, task, input }, onError: "fail" }],
    reply: `\${{ steps.${step}.output.summary }}`,
  });
  const objection = await parts.objection(definition);
  if (objection !== null) return { kind: "refused", sentence: objection, near: [] };
  const workflowId = await parts.begin({ ...start, definition });
  return { kind: "spawned", workflowId, agentId: deriveId(workflowId, `${step}#1`) };
}

/** Begins a kept plan for whoever asked for the run it was made in, in the same thread. The same id begins it once. */
export async function beginPlan(
  kernel: Kernel,
  db: Database,
  { tenant, hash, from, runId }: { tenant: string; hash: string; from: string; runId: string },
): Promise<void> {
  const body = await keptDefinition(db, tenant, hash);
  const [asked] = await db.query<Asked>(
    `select a.requester_id as "requesterId", p.name, a.barred, c.platform, c.channel, c.thread from steward.actor a
     left join steward.person p on p.tenant_id = a.tenant_id and p.id = a.requester_id
     left join steward.conversation c on c.tenant_id = a.tenant_id and c.id = a.conversation_id
     where a.tenant_id = $1 and a.id = $2`,
    [tenant, from],
  );
  if (body === null || asked === undefined) throw new Fault("not-found", "There is no such plan any more.");
  const definition = definitionFrom(body);
  const requester = { id: asked.requesterId, name: asked.name ?? asked.requesterId };
  const { platform, channel, thread } = asked;
  await kernel.do({
    tenant,
    actors: [],
    run: (batch) =>
      kernel.beginRun(
        batch,
        {
          tenant,
          runId,
          definition,
          title: titleOf(definition, {}, requester),
          input: {},
          requester,
          barred: asked.barred,
          place: platform === null ? null : { platform, channel: channel ?? "", thread: thread ?? "" },
        },
        requester.id,
      ),
  });
}

interface Asked {
  readonly requesterId: string;
  readonly name: string | null;
  readonly barred: readonly string[];
  readonly platform: Platform | null;
  readonly channel: string | null;
  readonly thread: string | null;
}

function unknown(sentence: string, name: string, names: readonly string[]): Spawned {
  const near = nearName(name, names);
  return {
    kind: "refused",
    sentence: `${sentence}: ${near === null ? `there is ${names.join(", ")}` : `did you mean ${near}?`}`,
    near: near === null ? names : [near],
  };
}
