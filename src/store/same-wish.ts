import { canonical, type Json, type JsonObject } from "../domain/json.ts";
import { callsIn } from "../gates/gates.ts";
import type { SameWish } from "../inbox/letter.ts";
import type { Statements } from "../orchestrator/queue.ts";
import { holdersOf } from "./people.ts";

/** Until its first turns are through, a run that has just begun asks nobody yet. */
const justBegunMs = 10_000;
const recent = 100;

interface Row extends Omit<SameWish, "waitsFor"> {
  readonly input: string;
  readonly gates: string | null;
}

/** The oldest run of this definition with this very input, asked for by this person or by anybody, that waits for an approval, or is about to ask for one. */
export async function sameWishIn(
  on: Statements,
  tenant: string,
  { hash, input, by }: { readonly hash: string; readonly input: Json; readonly by: string | null },
): Promise<SameWish | null> {
  const rows = await on.query<Row>(
    `with waiting as (select run_id as id from steward.gate where tenant_id = $1 and state = 'open'),
       fresh as (select a.id from (select id, created_at from steward.actor where tenant_id = $1 and machine = 'plan' order by id desc limit ${recent}) a
         where a.created_at > steward.now() - interval '${justBegunMs} milliseconds'
           and not exists (select from steward.gate g where g.tenant_id = $1 and g.run_id = a.id)
           and not exists (select from steward.effect e where e.tenant_id = $1 and e.actor_id = a.id))
     select a.id, a.short, coalesce(p.name, a.requester_id) as by, (extract(epoch from steward.now() - a.created_at) * 1000)::float8 as "agoMs",
       a.snapshot::json#>>'{context,input}' as input,
       (select json_agg(json_build_object('require', g.policy::json->'require', 'barred', g.barred))::text from steward.gate g
          where g.tenant_id = $1 and g.run_id = a.id and g.state = 'open') as gates
     from steward.actor a left join steward.person p on p.tenant_id = a.tenant_id and p.id = a.requester_id
     where a.tenant_id = $1 and a.machine = 'plan' and not a.done and a.definition_hash = $2 and ($3::text is null or a.requester_id = $3)
       and a.id in (select id from waiting union all select id from fresh) order by a.id`,
    [tenant, hash, by],
  );
  const wanted = canonical(input);
  const row = rows.find((each) => canonical(JSON.parse(each.input) as Json) === wanted);
  if (row === undefined) return null;
  const { gates, input: _, ...same } = row;
  return { ...same, waitsFor: await approvers(on, tenant, gates) };
}

/** The oldest open question of a run that a system began, about one of these calls and no other; what is not said of a call's arguments may be anything. */
export async function askedBySystem(
  on: Statements,
  tenant: string,
  calls: readonly { readonly tool: string; readonly args: JsonObject }[],
): Promise<SameWish | null> {
  if (calls.length === 0) return null;
  const rows = await on.query<Omit<Row, "input"> & { readonly gate: string; readonly subject: string }>(
    `select g.run_id as id, a.short, substr(a.requester_id, 8) as by, g.id as gate, g.subject,
       (extract(epoch from steward.now() - g.opened_at) * 1000)::float8 as "agoMs",
       json_build_array(json_build_object('require', g.policy::json->'require', 'barred', g.barred))::text as gates
     from steward.gate g join steward.actor a on a.tenant_id = g.tenant_id and a.id = g.run_id
     where g.tenant_id = $1 and g.state = 'open' and a.requester_id like 'system:%' order by g.id`,
    [tenant],
  );
  const isAsked = ({ tool, args }: ReturnType<typeof callsIn>[number]) =>
    calls.some(
      (call) =>
        call.tool === tool &&
        Object.entries(call.args).every(([name, value]) => canonical(value) === canonical(args[name] ?? null)),
    );
  const row = rows.find(({ subject }) => callsIn(subject).every(isAsked));
  if (row === undefined) return null;
  const { gates, subject: _, ...same } = row;
  return { ...same, waitsFor: await approvers(on, tenant, gates) };
}

interface Asked {
  readonly require: readonly { readonly role: string }[];
  readonly barred: readonly string[];
}

/** Each role that is asked, with the names of those who may answer now. */
async function approvers(on: Statements, tenant: string, gates: string | null): Promise<SameWish["waitsFor"]> {
  const asked = (JSON.parse(gates ?? "[]") as Asked[]).flatMap(({ require, barred }) =>
    require.map(({ role }) => ({ role, barred })),
  );
  return Promise.all(
    asked.map(async ({ role, barred }) => {
      const people = await holdersOf(on, tenant, [role]);
      return { role, names: people.filter(({ id }) => !barred.includes(id)).map(({ name }) => name) };
    }),
  );
}
