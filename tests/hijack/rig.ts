import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../src/domain/json.ts";
import type { ChatMessage } from "../../src/http/chat-port.ts";
import type { ModelRequest } from "../support/model-server.ts";
import type { Surface } from "../support/surface.ts";
import { type Base, startWorld, type World } from "../support/world.ts";
import { clerk, type Flow, flows } from "./flows.ts";
import { type Part, startModel } from "./model.ts";
import { type Reached, startOutside } from "./outside.ts";

/** A question that people were asked, as its card showed it. */
export interface Asked {
  readonly id: string;
  readonly runId: string;
  readonly tool: string;
  readonly risk: string | null;
  readonly args: JsonObject;
  readonly title: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly answer: "approve" | "deny";
}

/** What can be said of a run once it is over, or was given up on. */
export interface Played {
  readonly done: boolean;
  /** Of the run's last task. */
  readonly state: string;
  readonly status: string;
  readonly report: string | null;
  readonly asked: readonly Asked[];
  /** What was answered to the model's calls with an error. */
  readonly errors: readonly string[];
  readonly requests: readonly ModelRequest[];
  /** What the model's answers cost, by the prices of who sells them. */
  readonly usd: number;
  /** What reached the systems outside meanwhile. */
  readonly reached: readonly Reached[];
  /** What was done in the trial company meanwhile: `tool {arguments}`. */
  readonly operations: readonly string[];
  /** What was posted in #ops meanwhile. */
  readonly replies: readonly ChatMessage[];
}

/** One run to be played. */
export interface Play {
  /** Stands in the task's input: case0001. */
  readonly id: string;
  readonly flow: Flow;
  readonly part: Part;
  /** The hostile (or harmless) text, and the name of the file it stands in. */
  readonly text: string;
  readonly file: string;
  readonly environment?: "staging" | "production";
  approves(asked: Omit<Asked, "answer">): boolean | Promise<boolean>;
}

/** A whole Steward among systems that lie, with a model that plays parts. */
export interface Rig extends AsyncDisposable {
  readonly world: World;
  play(play: Play): Promise<Played>;
}

const mostMs = 30_000;
const mostQuestions = 100;

/** `articles`: what stands in the handbook, by name. */
export async function startRig(
  database: Base,
  articles: Readonly<Record<string, string>> = {},
  surfaces: readonly Surface[] = [],
): Promise<Rig> {
  const knowledge = await mkdtemp(join(tmpdir(), "steward-handbook-"));
  for (const [name, text] of Object.entries({ ...articles, welcome: "Welcome." }))
    await writeFile(join(knowledge, `${name}.md`), `# Procedure ${name}\n\n${text}\n`);
  const outside = await startOutside();
  const model = await startModel();
  const world = await startWorld({
    database,
    surfaces,
    model: model.settings,
    connectors: outside.connectors,
    systems: outside.systems,
    knowledge,
    extra: { definitions: flows, specialists: [clerk] },
  });
  // Versions that ran once: about one that never did nobody would be asked.
  for (const version of ["0.0.1-evil", "1.4.1", "1.4.2"])
    await world.steward.trial?.deploy(
      { tenant: "default", service: "checkout", environment: "staging" },
      version,
      "ana",
    );
  const { db } = world.steward;
  const operations = () =>
    db.query<{ key: string; kind: string; detail: string }>(
      "select key, kind, detail from steward.trial_operation order by at, key",
    );
  const posted = async (channel: string, after: number) =>
    (await world.cara.get(`/api/chat/${channel}/messages?after=${after}`)).body as {
      messages: ChatMessage[];
      last: number;
    };
  const seen = { approvals: 0, ops: 0 };

  return {
    world,
    async play({ id, flow, part, text, file, environment = "staging", approves }) {
      await outside.says(text, file);
      await world.owner(
        `insert into steward.trial_log (tenant_id, service, environment, line) values ('default', 'checkout', 'staging', $text$${text.replaceAll("$text$", "")}$text$)`,
      );
      const before = { reached: (await outside.reached()).length, done: (await operations()).map(({ key }) => key) };
      const played = model.plays(id, part);
      await begin(world, id, flow, text, environment);
      const asked: Asked[] = [];
      const answer = async (gate: { id: string; runId: string }) => {
        const [action] = (await world.cara.get(`/api/gates/${gate.id}`)).body.actions;
        const card = await world.eventually(async () => {
          const { messages } = await posted("approvals", seen.approvals);
          const found = messages.find((message) => message.card?.link === `/gates/${gate.id}`)?.card;
          if (found === undefined) throw new Error(`There is no card of the gate ${gate.id}`);
          return found;
        });
        const one = {
          ...gate,
          tool: action.tool,
          risk: action.risk,
          args: action.args,
          title: card.title,
          fields: Object.fromEntries(card.fields.map(({ label, value }) => [label, value])),
        };
        const decision = (await approves(one)) ? ("approve" as const) : ("deny" as const);
        asked.push({ ...one, answer: decision });
        // Everybody says the same; who may not answer, or comes too late, is turned away.
        for (const by of [world.ben, world.cara, world.dan])
          await by.post(`/api/gates/${gate.id}/decision`, { decision, reason: "I did not ask for this" });
      };
      let now = await standing(world, id);
      for (const deadline = performance.now() + mostMs; !now.done && performance.now() < deadline; ) {
        const fresh = now.gates.filter((gate) => asked.every((one) => one.id !== gate.id));
        for (const gate of fresh.slice(0, mostQuestions - asked.length)) await answer(gate);
        if (fresh.length === 0) await new Promise((resolve) => setTimeout(resolve, 15));
        now = await standing(world, id);
      }
      // What somebody may spend in a day is another matter: each case has a day of its own.
      await world.passes("1d");
      const done = (await operations()).filter(({ key }) => !before.done.includes(key));
      const [approvals, ops] = await Promise.all([posted("approvals", seen.approvals), posted("ops", seen.ops)]);
      Object.assign(seen, { approvals: approvals.last, ops: ops.last });
      return {
        ...now,
        asked,
        errors: errorsIn(played.requests),
        requests: played.requests,
        usd: played.usd,
        reached: (await outside.reached()).slice(before.reached),
        operations: done.map(({ kind, detail }) => `${kind} ${detail}`),
        replies: ops.messages,
      };
    },
    async [Symbol.asyncDispose]() {
      try {
        await world[Symbol.asyncDispose]();
      } finally {
        await Promise.all([model[Symbol.asyncDispose](), outside[Symbol.asyncDispose]()]);
        await rm(knowledge, { recursive: true });
      }
    },
  };
}

async function begin(world: World, id: string, flow: Flow, text: string, environment: string): Promise<void> {
  const startsAt = "2026-11-21T10:00:00Z";
  const { status, body } =
    flow === "told"
      ? await world.ana.post("/api/webhooks/alertmanager", {
          version: "4",
          groupKey: `{alertname="${id}"}`,
          status: "resolved",
          alerts: [
            {
              status: "resolved",
              labels: { alertname: id, service: "checkout" },
              annotations: { description: text },
              startsAt,
              fingerprint: id,
            },
          ],
        })
      : await world.ana.post("/api/workflows/create", {
          name: flow,
          context: { case: id, service: "checkout", environment },
        });
  if (status >= 300) throw new Error(`${id} could not be begun: ${JSON.stringify(body)}`);
}

/** How the run of a case is, and the questions of its tasks that wait for people. */
async function standing(world: World, id: string) {
  const { db } = world.steward;
  const [run] = await db.query<{ id: string; state: string; done: boolean; stuck: string | null; snapshot: string }>(
    "select id, state, done, stuck, snapshot from steward.actor where machine = 'plan' and snapshot like $1",
    [`%"case":"${id}"%`],
  );
  if (!run) return { done: false, state: "", status: "", report: null, gates: [] };
  const tasks = await db.query<{ id: string; state: string; stuck: string | null }>(
    "select id, state, stuck, snapshot::json->'context'->>'id' as task from steward.actor where machine = 'agent' and parent_id = $1 order by task",
    [run.id],
  );
  const gates = await db.query<{ id: string; runId: string }>(
    `select id, run_id as "runId" from steward.gate where state = 'open' and (run_id = $1 or run_id = any($2::uuid[]))`,
    [run.id, tasks.map((task) => task.id)],
  );
  const stuck = [run, ...tasks].find((actor) => actor.stuck !== null);
  if (stuck) throw new Error(`${id} is stuck: ${stuck.stuck}`);
  const { context } = JSON.parse(run.snapshot) as { context: { steps: Record<string, { output?: JsonObject }> } };
  const report = (context.steps["second"] ?? context.steps["only"])?.output?.["summary"];
  return {
    done: run.done,
    state: tasks.at(-1)?.state ?? "",
    status: run.state,
    report: typeof report === "string" ? report : null,
    gates,
  };
}

function errorsIn(requests: readonly ModelRequest[]): string[] {
  type Block = { type: string; is_error?: boolean; content?: unknown };
  const blocks = requests.flatMap(({ body }) => (body.messages.at(-1)?.content ?? []) as Block[]);
  return blocks.flatMap((block) => (block.type === "tool_result" && block.is_error ? [String(block.content)] : []));
}
