import type { SQL } from "drizzle-orm";
import { and, asc, eq, inArray, or, sql } from "drizzle-orm";
import type { Person } from "../../domain/incoming.ts";
import type { Json } from "../../domain/json.ts";
import { steeredBecause } from "../../gates/gates.ts";
import type { ButtonView, GateAction, GateView, GateVote } from "../../http/reads.ts";
import { hashToken } from "../../messages/buttons.ts";
import type { Queryable } from "../database.ts";
import { actor, gate, person, vote } from "../schema/kernel.ts";
import { asList, asObject, asText, contextOf } from "./json.ts";
import { personal } from "./personal.ts";
import type { Row } from "./select.ts";
import { rows, select } from "./select.ts";

const fields = {
  id: gate.id,
  runId: sql<string>`case ${actor.machine} when 'agent' then ${actor.parentId} else ${gate.runId} end`,
  taskId: sql<string | null>`case ${actor.machine} when 'agent' then ${actor.id} end`,
  subject: gate.subject,
  subjectHash: gate.subjectHash,
  policy: gate.policy,
  barred: gate.barred,
  state: gate.state,
  openedAt: gate.openedAt,
  expiresAt: gate.expiresAt,
  decidedAt: gate.decidedAt,
  requesterId: actor.requesterId,
  requesterName: sql<string | null>`${person.name}`,
  personal: sql<boolean>`exists (select from steward.actor r join steward.definition d on d.tenant_id = r.tenant_id and d.hash = r.definition_hash
    where r.tenant_id = ${gate.tenantId} and r.id = case ${actor.machine} when 'agent' then ${actor.parentId} else ${gate.runId} end
      and ${sql.raw(personal("d.body"))})`,
  // A gate's actor has the gate's own id.
  snapshot: sql<
    string | null
  >`(select g.snapshot from steward.actor g where g.tenant_id = ${gate.tenantId} and g.id = ${gate.id})`,
};

/** More than anybody answers. */
const mostOpen = 1000;

/** Open gates, the oldest first; for a person only those whose terms name them or a role of theirs, which whoever judges looks at more closely. */
export function openGates(db: Queryable, tenant: string, who: Person | null = null): Promise<readonly GateView[]> {
  const open = eq(gate.state, "open");
  if (who === null) return gatesWhere(db, tenant, open, mostOpen);
  const names = [who.id, ...who.roles].map((name) => JSON.stringify(name));
  const named = sql`exists (select from steward.actor g, unnest(${sql.param(names)}::text[]) as mentioned
    where g.tenant_id = ${gate.tenantId} and g.id = ${gate.id} and strpos(g.snapshot, mentioned) > 0)`;
  return gatesWhere(db, tenant, and(open, named) as SQL, mostOpen);
}

export async function gateById(db: Queryable, tenant: string, id: string): Promise<GateView | null> {
  return (await gatesWhere(db, tenant, eq(gate.id, id)))[0] ?? null;
}

/** What buttons with these tokens decide, of those whose gates are open. */
export async function decisionsOf(
  db: Queryable,
  tenant: string,
  tokens: readonly string[],
): Promise<readonly ButtonView[]> {
  if (tokens.length === 0) return [];
  const byHash = new Map(tokens.map((token) => [hashToken(token), token]));
  const found = await db.query<{ hash: string; gateId: string; decision: ButtonView["decision"] }>(
    `select encode(b.token_hash, 'hex') as hash, b.gate_id as "gateId", b.decision from steward.button b
     join steward.gate g on g.tenant_id = b.tenant_id and g.id = b.gate_id and g.state = 'open'
     where b.tenant_id = $1 and b.token_hash in (select decode(h, 'hex') from unnest($2::text[]) h)`,
    [tenant, [...byHash.keys()]],
  );
  const ids = [...new Set(found.map(({ gateId }) => gateId))];
  const gates = ids.length === 0 ? [] : await gatesWhere(db, tenant, inArray(gate.id, ids), ids.length);
  return found.flatMap(({ hash, gateId, decision }) => {
    const [token, asked] = [byHash.get(hash), gates.find(({ id }) => id === gateId)];
    return token === undefined || asked === undefined ? [] : [{ token, decision, gate: asked }];
  });
}

/** The gates a run opened, and those its tasks did. */
export function gatesOfRun(db: Queryable, tenant: string, runId: string): Promise<readonly GateView[]> {
  const tasks = sql`(select t.id from steward.actor t where t.tenant_id = ${tenant} and t.parent_id = ${runId}::uuid and t.machine = 'agent')`;
  return gatesWhere(db, tenant, or(eq(gate.runId, runId), sql`${gate.runId} in ${tasks}`) as SQL);
}

async function gatesWhere(db: Queryable, tenant: string, condition: SQL, most = 200): Promise<readonly GateView[]> {
  const query = select(fields)
    .from(gate)
    .leftJoin(actor, and(eq(actor.tenantId, gate.tenantId), eq(actor.id, gate.runId)))
    .leftJoin(person, and(eq(person.tenantId, gate.tenantId), eq(person.id, actor.requesterId)))
    .where(and(eq(gate.tenantId, tenant), condition))
    // Ids are derived, so only the time of opening says which came first.
    .orderBy(asc(gate.openedAt), asc(gate.id))
    .limit(most);
  const found = await rows<typeof fields>(db, query);
  const votes = await votesOn(
    db,
    tenant,
    found.map(({ id }) => id),
  );
  return found.map((row) => viewOf(row, votes.get(row.id) ?? []));
}

async function votesOn(db: Queryable, tenant: string, ids: readonly string[]): Promise<Map<string, GateVote[]>> {
  const byGate = new Map<string, GateVote[]>();
  if (ids.length === 0) return byGate;
  const votes = {
    gateId: vote.gateId,
    personId: vote.personId,
    name: sql<string>`coalesce(${person.name}, ${vote.personId})`,
    decision: vote.decision,
    reason: vote.reason,
    surface: vote.surface,
    at: vote.at,
  };
  const query = select(votes)
    .from(vote)
    .leftJoin(person, and(eq(person.tenantId, vote.tenantId), eq(person.id, vote.personId)))
    .where(and(eq(vote.tenantId, tenant), inArray(vote.gateId, [...ids])))
    .orderBy(asc(vote.at), asc(vote.personId));
  for (const { gateId, ...cast } of await rows<typeof votes>(db, query))
    byGate.set(gateId, [...(byGate.get(gateId) ?? []), cast]);
  return byGate;
}

function viewOf({ subject, snapshot, ...row }: Row<typeof fields>, votes: readonly GateVote[]): GateView {
  const context = snapshot === null ? {} : contextOf(snapshot);
  const effects = asList(context["effects"]);
  const covered = asList(JSON.parse(subject) as Json);
  return {
    ...row,
    requesterName: row.requesterName ?? asText(asObject(context["requester"])["name"]),
    title: asText(context["title"]) ?? "An approval",
    actions:
      effects.length > 0
        ? effects.map((one, i) => actionOfEffect(one, pinOf(covered[i])))
        : covered.map(actionOfSubject),
    approvers: asText(context["approverNames"]),
    reason: asText(context["reason"]),
    fields: asList(context["fields"]).map((field) => {
      const { label, value } = asObject(field);
      return { label: asText(label) ?? "", value: asText(value) ?? "" };
    }),
    votes,
    context,
  };
}

function actionOfEffect(effect: Json, pin: Json): GateAction {
  const { tool, risk, describes, args, dryRun, tainted, origins, steered } = asObject(effect);
  const outside = asList(tainted).flatMap((name) => asText(name) ?? []);
  const named = Object.entries(asObject(origins)).map(([name, origin]) => [name, asText(origin) ?? ""] as const);
  const from = Object.fromEntries(named);
  return {
    tool: asText(tool) ?? "",
    risk: asText(risk),
    describes: asText(describes) ?? asText(tool) ?? "",
    args: asObject(args),
    dryRun: asText(dryRun),
    outside,
    origins: from,
    pin,
    because: steered === true ? steeredBecause({ steered, tainted: outside, origins: from }) : null,
  };
}

function pinOf(covered: Json | undefined): Json {
  return asList(covered)[4] ?? null;
}

/** [effect id, tool, contract hash, resolved arguments, pinned target] */
function actionOfSubject(covered: Json): GateAction {
  const [, tool, , args] = asList(covered);
  const name = asText(tool) ?? "";
  return {
    tool: name,
    risk: null,
    describes: name,
    args: asObject(args),
    dryRun: null,
    outside: [],
    origins: {},
    pin: pinOf(covered),
    because: null,
  };
}
