import { canonical } from "../../src/domain/json.ts";
import { hashToken } from "../../src/messages/buttons.ts";
import type { Queryable } from "../../src/store/database.ts";

export const runId = "0197a000-0000-7000-8000-000000000001";
export const gateId = "0197a000-0000-7000-8000-000000000002";
export const effectId = "0197a000-0000-7000-8000-000000000003";

export const taskId = "0197a000-0000-7000-8000-000000000004";
export const turnId = "0197a000-0000-7000-8000-000000000005";
const askedId = "0197a000-0000-7000-8000-000000000006";

/** A task of that run, as a specialist with a model would have left it: it looked, asked people, wrote, and reported. */
export async function seedTask(db: Queryable): Promise<void> {
  const run = (text: string, values: readonly unknown[] = []) => db.query(text, values);
  const call = { id: "c1", tool: "services.secrets", error: "Not made: you have no tool of this name." };
  const talk = { turns: [{ call: turnId, heard: [], results: [call] }], calls: [], usd: 0.0045 };
  const task = { context: { id: "look#1", task: "root-cause", talk, instead: "the model's answer was <cut> off" } };
  const actor = `insert into actor (tenant_id, id, machine, machine_version, definition_hash, parent_id, seq, head, snapshot, state, done, name, short, requester_id, created_at, updated_at)
    values ('default', $1, $2, 2, $3, $4, 2, '\\x00', $5, $6, true, $7, $8, 'ana', '2026-01-02T03:04:05Z', '2026-01-02T03:04:06Z')`;
  await run(actor, [taskId, "agent", "analysis", runId, JSON.stringify(task), "done", "analysis", "R-BBBBBB"]);
  const gate = { context: { title: "restart search (wanted by the agent analysis)", effects: [] } };
  await run(actor, [askedId, "gate", null, taskId, JSON.stringify(gate), "denied", "gate", "R-CCCCCC"]);
  await run(
    `insert into gate (tenant_id, id, run_id, subject, subject_hash, policy, policy_hash, barred, state, opened_at, expires_at)
    values ('default', $1, $2, '[]', 'sh', '{}', 'ph', '{ana}', 'denied', '2026-01-02T03:04:05Z', '2026-01-02T07:04:05Z')`,
    [askedId, taskId],
  );
  const effect = `insert into effect (tenant_id, id, actor_id, step, generation, tool, contract_hash, class, risk, args, state, created_at, ended_at)
    values ('default', $1, $2, $3, 1, $4, 'c', 'keyed', 'read', $5, 'done', '2026-01-02T03:04:05Z', '2026-01-02T03:04:07.500Z')`;
  const look = JSON.stringify({ service: "<checkout>", lastMs: 60_000 });
  await run(effect, ["0197a000-0000-7000-8000-000000000007", taskId, "logs", "services.logs", look]);
  await run(effect, [turnId, taskId, "turn-1", "model.turn", "{}"]);
  const cause = { cause: "a <bad> deploy", service: "checkout", confidence: 0.62, evidence: ["errors since 03:04"] };
  const output = { summary: "It was the deploy", causes: [cause], report: "# What happened\n\n- nothing <b>bold</b>" };
  await run("insert into mail (tenant_id, actor_id, key, event, taken_seq) values ('default', $1, $2, $3, 9)", [
    runId,
    `tell:${taskId}:2:answer`,
    JSON.stringify({ type: "task.done", task: "look#1", output }),
  ]);
  for (const version of [1, 2])
    await run(
      `insert into blackboard (tenant_id, run_id, key, version, value, by_actor, effect_id, at)
      values ('default', $1, 'cause', $2, '"a deploy"', $3, $3, '2026-01-02T03:04:05Z')`,
      [runId, version, taskId],
    );
}

/** One run that waits for a gate, as the kernel would have written it: ana asked to restart checkout, dan denied once before. */
export async function seedRun(db: Queryable): Promise<void> {
  const definition = {
    name: "restart-service",
    summary: "Restart a service",
    steps: [
      { id: "ask", kind: "approve", approve: { covers: ["restart"] } },
      { id: "restart", kind: "tool", tool: { name: "services.restart" } },
    ],
  };
  const plan = {
    context: {
      title: "restart checkout in production",
      input: { service: "checkout" },
      steps: {
        ask: { state: "waiting", generation: 1, attempt: 1 },
        restart: { state: "pending", generation: 1, attempt: 1, error: { message: "no answer" } },
      },
    },
  };
  const gate = {
    context: {
      title: "restart checkout in production",
      approverNames: "1 manager",
      unanswerable: "As it stands nobody can approve this.",
      escalatedTo: [],
      policy: {
        require: [
          { role: "manager", count: 1 },
          { role: "security", count: 1 },
        ],
      },
      barred: ["ana", "eve"],
      changers: ["eve"],
      votes: [{ person: { id: "dan", name: "Dan", roles: ["manager"] }, decision: "approve", subjectHash: "sh" }],
      subjectHash: "sh",
      effects: [
        {
          tool: "services.restart",
          risk: "dangerous",
          describes: "Restart checkout in production",
          args: { service: "checkout" },
          dryRun: "Would restart 3 instances of version <1.4.2>.",
          tainted: ["service"],
        },
      ],
    },
  };
  const run = (text: string, values: readonly unknown[] = []) => db.query(text, values);
  await run("insert into tenant values ('default', 'Default')");
  for (const [id, name] of [
    ["ana", "Ana"],
    ["ben", "Ben"],
    ["dan", "Dan"],
  ])
    await run("insert into person (tenant_id, id, name) values ('default', $1, $2)", [id, name]);
  await run("insert into definition (tenant_id, hash, name, body) values ('default', 'h', 'restart-service', $1)", [
    JSON.stringify(definition),
  ]);
  const actor = `insert into actor (tenant_id, id, machine, machine_version, definition_hash, seq, head, snapshot, state, name, short, requester_id, created_at, updated_at)
    values ('default', $1, $2, 1, $3, $4, '\\x00', $5, $6, $7, 'R-AAAAAA', 'ana', '2026-01-02T03:04:05Z', '2026-01-02T03:04:06Z')`;
  await run(actor, [runId, "plan", "h", 2, JSON.stringify(plan), "waiting", "restart checkout in production"]);
  await run(actor, [gateId, "gate", null, 1, JSON.stringify(gate), "open", "gate"]);
  await run(
    `insert into gate (tenant_id, id, run_id, subject, subject_hash, policy, policy_hash, barred, state, opened_at, expires_at)
    values ('default', $1, $2, '[]', 'sh', '{}', 'ph', '{ana,eve}', 'open', '2026-01-02T03:04:05Z', '2026-01-02T07:04:05Z')`,
    [gateId, runId],
  );
  await run(
    `insert into vote (tenant_id, gate_id, person_id, decision, roles, surface, subject_hash, at)
    values ('default', $1, 'dan', 'approve', '{manager}', 'web', 'sh', '2026-01-02T03:05:00Z')`,
    [gateId],
  );
  await run(
    `insert into effect (tenant_id, id, actor_id, step, generation, tool, contract_hash, class, risk, args, state, created_at)
    values ('default', $1, $2, 'restart', 1, 'services.restart', 'c', 'opaque', 'dangerous', '{}', 'in_doubt', '2026-01-02T03:04:05Z')`,
    [effectId, runId],
  );
  for (const [token, decision] of [
    ["good", "approve"],
    ["deny", "deny"],
  ] as const)
    await run(
      "insert into button (tenant_id, token_hash, gate_id, decision, message_id) values ('default', decode($1, 'hex'), $2, $3, $2)",
      [hashToken(token), gateId, decision],
    );
  const stream = `actor:${runId}`;
  const entry = (seq: number, event: string) =>
    canonical({ v: 1, at: "2026-01-02T03:04:05.000Z", kind: "turn", by: "ana", seq, stream, data: { event } });
  for (const [seq, event] of [
    [1, "begin"],
    [2, "gate.denied"],
  ] as const)
    await run("insert into audit (tenant_id, stream, seq, entry, hash) values ('default', $1, $2, $3, '\\xab')", [
      stream,
      seq,
      entry(seq, event),
    ]);
  await run("insert into audit (tenant_id, stream, seq, entry, hash) values ('default', $1, 3, $2, '\\xcd')", [
    stream,
    canonical({ v: 1, at: "2026-01-02T03:04:07.000Z", kind: "pause", by: "ben" }),
  ]);
  await run(
    "insert into fact (tenant_id, stream, seq, body, salt) values ('default', $1, 3, '{\"note\":\"lunch\"}', null)",
    [stream],
  );
  await run(
    "insert into mail (tenant_id, actor_id, key, event, taken_seq) values ('default', $1, 'a', null, 1), ('default', $1, 'b', $2, 2)",
    [runId, JSON.stringify({ type: "gate.denied", by: "dan", reason: "not on <Friday>" })],
  );
}

/** What is told of a run that only stands in lists. */
export interface ListedRun {
  readonly n: number;
  readonly title: string;
  readonly workflow?: string;
  readonly state?: string;
  readonly by?: string | null;
  readonly short?: string;
}

export const listedId = (n: number) => `0198b000-0000-7000-8000-${String(n).padStart(12, "0")}`;

/** Runs with nothing in them, each newer than the one before. What is neither waiting nor running has ended. */
export async function seedListed(db: Queryable, runs: readonly ListedRun[]): Promise<void> {
  await db.query(
    `insert into definition (tenant_id, hash, name, body)
     select distinct 'default', 'of ' || w, w, '{}' from unnest($1::text[]) w on conflict do nothing`,
    [runs.map(({ workflow = "restart-service" }) => workflow)],
  );
  await db.query(
    `insert into actor (tenant_id, id, machine, machine_version, definition_hash, seq, head, snapshot, state, done, name, short, requester_id, created_at, updated_at)
     select 'default', r.id, 'plan', 1, 'of ' || r.workflow, 1, '\\x00', '{}', r.state, r.state not in ('waiting', 'running'), r.title, r.short, r.by, steward.now(), steward.now()
     from json_to_recordset($1::json) as r(id uuid, workflow text, state text, title text, short text, by text)`,
    [
      JSON.stringify(
        runs.map(({ n, workflow = "restart-service", state = "completed", by = "ana", short, ...run }) => ({
          ...run,
          id: listedId(n),
          workflow,
          state,
          by,
          short: short ?? `R-${String(n).padStart(6, "0")}`,
        })),
      ),
    ],
  );
}
